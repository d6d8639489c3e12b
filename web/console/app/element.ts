/** The parts of Element Plus the console uses, with their styles and dark colours; nothing else of it. */
import 'element-plus/es/components/base/style/css'
import 'element-plus/es/components/button/style/css'
import 'element-plus/es/components/dialog/style/css'
import 'element-plus/es/components/input/style/css'
import 'element-plus/es/components/message/style/css'
import 'element-plus/es/components/option/style/css'
import 'element-plus/es/components/select/style/css'
import 'element-plus/es/components/switch/style/css'
import 'element-plus/theme-chalk/dark/css-vars.css'

import { scrollbarProps } from 'element-plus'

/** The list of a select scrolls, and what scrolls must take the keyboard's focus: its box alone does not. */
Object.assign(scrollbarProps.tabindex, { default: 0 })

/** Element Plus is dark by a class, the tokens by the system: the class follows the system. */
export function followSystemDarkness(): void {
  const dark = matchMedia('(prefers-color-scheme: dark)')
  const follow = () => document.documentElement.classList.toggle('dark', dark.matches)
  dark.addEventListener('change', follow)
  follow()
}
