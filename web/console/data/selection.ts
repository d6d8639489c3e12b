/** The cases chosen to be decided at once, as they were when they were chosen. */
import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'

import type { TaskRow } from '@shared/api/types'

import { oneTask } from '../api/calls'

/** A page of the server's answer, and what a person can still answer for. */
export const MOST = 100

export const useSelection = defineStore('selection', () => {
  const rows = shallowRef<ReadonlyMap<string, TaskRow>>(new Map())
  /** Where a range begins. */
  let anchor: string | null = null
  const full = computed(() => rows.value.size >= MOST)

  function put(chosen: readonly TaskRow[]): void {
    const next = new Map(rows.value)
    for (const row of chosen) if (next.size < MOST || next.has(row.id)) next.set(row.id, row)
    rows.value = next
  }

  function drop(ids: Iterable<string>): void {
    const next = new Map(rows.value)
    for (const id of ids) next.delete(id)
    rows.value = next
  }

  function toggle(row: TaskRow): void {
    anchor = row.id
    if (rows.value.has(row.id)) drop([row.id])
    else put([row])
  }

  /** Everything from the last choice to this one, as it stands in the list. */
  function reach(row: TaskRow, list: readonly TaskRow[]): void {
    const from = list.findIndex((one) => one.id === anchor)
    const to = list.findIndex((one) => one.id === row.id)
    if (from < 0 || to < 0) return toggle(row)
    put(list.slice(Math.min(from, to), Math.max(from, to) + 1))
  }

  function clear(): void {
    anchor = null
    rows.value = new Map()
  }

  /** Chosen once more, each as it is now; one that cannot be read any more is left out. */
  async function again(ids: readonly string[]): Promise<void> {
    const answers = await Promise.allSettled(ids.map((id) => oneTask(id)))
    clear()
    put(answers.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])))
  }

  return { rows, full, put, drop, toggle, reach, clear, again }
})
