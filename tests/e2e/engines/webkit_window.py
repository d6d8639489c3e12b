#!/usr/bin/python3
"""A window of WebKitGTK as large as a phone, with its profile kept in a folder.

MiniBrowser forgets everything when it ends, because `--automation` gives it a session without a
disk, and its window cannot be as narrow as a phone. This one is started by WebKitWebDriver and by
Debian's Python, which has the bindings; nothing of this project is imported.

    webkit_window.py PROFILE [FEATURE=on|off]…
    webkit_window.py --check      exit code 0: the bindings are there
"""

import sys

import gi

gi.require_version("Gtk", "3.0")
gi.require_version("WebKit2", "4.1")
from gi.repository import Gtk, WebKit2  # noqa: E402

WIDTH, HEIGHT = 390, 844
# 五堰, as `people.WUYAN`.
LATITUDE, LONGITUDE, ACCURACY = 32.64962, 110.78751, 8
# The page takes another way on an iPhone: the camera of the system, another home screen.
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
)


def allow(_view, request):
    """Allow the position, as a person who is asked."""
    request.allow()
    return True


def tell_position(manager):
    """Answer where the phone is."""
    manager.update_position(WebKit2.GeolocationPosition.new(LATITUDE, LONGITUDE, ACCURACY))
    return True


def make_context(profile):
    """The browser with its profile."""
    manager = WebKit2.WebsiteDataManager(
        base_data_directory=f"{profile}/data", base_cache_directory=f"{profile}/cache"
    )
    context = WebKit2.WebContext(website_data_manager=manager)
    context.set_preferred_languages(["zh-CN"])
    context.set_automation_allowed(True)
    context.get_geolocation_manager().connect("start", tell_position)
    return context


def switch_features(settings, switches):
    """Switch features of the engine that Safari has and WebKitGTK has not, or the other way."""
    features = WebKit2.Settings.get_all_features()
    for index in range(features.get_length()):
        feature = features.get(index)
        if feature.get_identifier() in switches:
            settings.set_feature_enabled(feature, switches.pop(feature.get_identifier()))
    # A later engine may have a feature for good.
    for name in switches:
        sys.stderr.write(f"unknown feature {name}\n")


def open_window(context, switches):
    """The window of a new page."""
    view = WebKit2.WebView(web_context=context, is_controlled_by_automation=True)
    settings = view.get_settings()
    settings.set_user_agent(IPHONE)
    switch_features(settings, dict(switches))
    # The log shows what the page's console says.
    settings.set_enable_write_console_messages_to_stdout(True)
    view.connect("permission-request", allow)
    window = Gtk.Window(decorated=False)
    window.set_default_size(WIDTH, HEIGHT)
    window.add(view)
    window.connect("destroy", lambda _: Gtk.main_quit())
    window.show_all()
    return view


def main():
    """Wait for the driver, and open a window for each page."""
    context = make_context(sys.argv[1])
    pairs = [switch.split("=") for switch in sys.argv[2:]]
    switches = {name: value == "on" for name, value in pairs}

    def start(_context, session):
        info = WebKit2.ApplicationInfo.new()
        # The driver compares the name with the one it is asked for.
        info.set_name("MiniBrowser")
        info.set_version(
            WebKit2.get_major_version(), WebKit2.get_minor_version(), WebKit2.get_micro_version()
        )
        session.set_application_info(info)
        session.connect("create-web-view", lambda _: open_window(context, switches))
        session.connect("will-close", lambda _: Gtk.main_quit())

    context.connect("automation-started", start)
    Gtk.main()


if __name__ == "__main__" and sys.argv[1:] != ["--check"]:
    main()
