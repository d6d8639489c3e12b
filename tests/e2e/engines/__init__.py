"""Browsers of other engines than Chromium, driven by Selenium: WebKitGTK and Firefox ESR."""
