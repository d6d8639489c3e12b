/*
 * The boot guard: when the app does not start, this says so and offers a way out.
 * Plain old JavaScript without imports: it must run in browsers and builds in which the app cannot.
 * It never touches IndexedDB or localStorage: what was recorded stays on the phone.
 */
;(function () {
  'use strict'
  var PATIENCE_MS = 12000
  var root = document.documentElement
  var timer = setTimeout(function () {
    show('slow')
  }, PATIENCE_MS)

  function started() {
    return root.hasAttribute('data-started')
  }

  // An asset that is gone (404 after a deploy) or a script that failed: only while nothing has started yet.
  window.addEventListener(
    'error',
    function (event) {
      if (started()) return
      var of = event.target
      var asset = of && (of.tagName === 'SCRIPT' || of.tagName === 'LINK')
      if (asset || event.error) show('broken')
    },
    true,
  )

  if (!('noModule' in document.createElement('script'))) show('old')

  function line(tag, words, parent) {
    var made = document.createElement(tag)
    made.textContent = words
    parent.appendChild(made)
    return made
  }

  function show(why) {
    if (started()) return
    clearTimeout(timer)
    var app = document.getElementById('app')
    if (!app) {
      document.addEventListener('DOMContentLoaded', function () {
        show(why)
      })
      return
    }
    if (app.getAttribute('data-guard') === 'broken') return
    app.setAttribute('data-guard', why)
    app.textContent = ''
    var box = document.createElement('div')
    box.style.cssText = 'padding:32px 16px;max-width:36rem;margin:0 auto;font:16px/1.6 system-ui,sans-serif;color:#1f2329'
    box.setAttribute('role', 'alert')
    box.setAttribute('data-testid', 'boot-guard')
    app.appendChild(box)
    var title = { slow: '打开得比较慢', broken: '页面没有打开', old: '浏览器版本过旧' }[why]
    var what = {
      slow: '网络可能较慢,可以再等一会儿,也可以重新打开。',
      broken: '应用可能刚刚更新过,有文件没有下载完整。请联网后重新打开。',
      old: '这个浏览器不能运行本应用,请换用手机自带浏览器的新版本打开。',
    }[why]
    line('h1', title, box).style.cssText = 'font-size:20px;margin:0 0 12px'
    line('p', what, box).style.cssText = 'margin:0 0 12px'
    line('p', '已保存在这部手机里的记录和照片不受影响,请不要清除浏览器数据。', box).style.cssText = 'margin:0 0 20px'
    var button = line('button', '重新打开', box)
    button.type = 'button'
    button.style.cssText =
      'width:100%;min-height:52px;border:0;border-radius:12px;background:#0f5f42;color:#fff;font:600 17px system-ui,sans-serif'
    button.addEventListener('click', function () {
      button.disabled = true
      button.textContent = '正在重新打开…'
      reopen()
    })
    line('p', 'The app did not start. Records on this phone are safe; press the button to reopen it.', box).style.cssText =
      'margin:20px 0 0;color:#5b6470;font-size:14px'
  }

  function reload() {
    window.location.reload()
  }

  // The kept shell goes only when the server is there to give a fresh one: offline it is all there is.
  function reopen() {
    if (!window.fetch || !navigator.serviceWorker || !window.caches) return reload()
    fetch('/?fresh=' + Date.now(), { cache: 'no-store', credentials: 'omit' })
      .then(function (answer) {
        return answer.ok ? answer.text() : ''
      })
      .then(function (page) {
        if (page.indexOf('id="app"') < 0) return
        return navigator.serviceWorker
          .getRegistrations()
          .then(function (all) {
            return Promise.all(
              all.map(function (one) {
                return one.unregister()
              }),
            )
          })
          .then(function () {
            return caches.keys()
          })
          .then(function (names) {
            return Promise.all(
              names.map(function (name) {
                // What is not sent yet lies there once more (store/replica.ts): it is no part of the shell.
                return name === 'inspect-twin' || caches.delete(name)
              }),
            )
          })
      })
      .then(reload, reload)
  }
})()
