/** A phone is called by a name its owner recognises. */
import { expect, test } from 'vitest'

import { deviceName } from './deviceName'

const ANDROID = 'Mozilla/5.0 (Linux; Android 13; V2230A) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/116.0 Mobile Safari/537.36'

test.each([
  [ANDROID, 'Android · Chrome'],
  [`${ANDROID} MicroMessenger/8.0.47`, 'Android · 微信'],
  [`${ANDROID} HuaweiBrowser/14.0`, 'Android · HuaweiBrowser'],
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 Version/17.4 Mobile/15E148 Safari/604.1', 'iPhone · Safari'],
  ['', '设备 · 浏览器'],
])('%s', (agent, name) => {
  expect(deviceName(agent)).toBe(name)
})
