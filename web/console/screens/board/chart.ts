/** One drawing of the chart library in a box: drawn again when data, language, light or size change. */
import { BarChart, LineChart } from 'echarts/charts'
import { GridComponent, LegendComponent, TooltipComponent } from 'echarts/components'
import { init, use, type EChartsCoreOption, type EChartsType } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import { onMounted, onUnmounted, watch, type Ref } from 'vue'

import { language } from '@shared/i18n/language'

use([BarChart, LineChart, GridComponent, LegendComponent, TooltipComponent, SVGRenderer])

export interface Paint {
  /** A colour of the visual language, as it is in this light. */
  token(name: string): string
  readonly text: { color: string; fontFamily: string; fontSize: number }
  readonly tooltip: Record<string, unknown>
}

/** What is late is hatched: distinguished by more than its colour. */
export function hatched({ token }: Paint) {
  return { symbol: 'rect', dashArrayX: [1, 0], dashArrayY: [2, 4], rotation: -0.7, color: token('--card') }
}

/** Keep a drawing in `box`; `pressed` gets the number of the bar that was pressed. */
export function useChart(
  box: Ref<HTMLDivElement | null>,
  draw: (paint: Paint) => EChartsCoreOption,
  data: () => unknown,
  pressed?: (index: number) => void,
): void {
  const dark = matchMedia('(prefers-color-scheme: dark)')
  let chart: EChartsType | null = null
  let watcher: ResizeObserver | null = null

  function paint(): void {
    if (!chart) return
    const colours = getComputedStyle(document.documentElement)
    const token = (name: string) => colours.getPropertyValue(name).trim()
    const text = { color: token('--ink-soft'), fontFamily: token('--font'), fontSize: 12 }
    const tooltip = {
      backgroundColor: token('--card'),
      borderColor: token('--line'),
      confine: true,
      textStyle: { ...text, color: token('--ink') },
    }
    chart.setOption({ animation: false, textStyle: text, ...draw({ token, text, tooltip }) }, true)
  }

  onMounted(() => {
    if (!box.value) return
    chart = init(box.value, null, { renderer: 'svg' })
    if (pressed) chart.on('click', (event) => pressed(event.dataIndex))
    watcher = new ResizeObserver(() => chart?.resize())
    watcher.observe(box.value)
    dark.addEventListener('change', paint)
    paint()
  })
  watch([data, language], paint)
  onUnmounted(() => {
    dark.removeEventListener('change', paint)
    watcher?.disconnect()
    chart?.dispose()
  })
}
