/** The list one works through: its rows, its counts, and who is next in it. */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'

import type { Task, TaskRow } from '@shared/api/types'

import { taskCounts, taskPage } from '../api/calls'
import type { TaskCounts } from '../api/types'
import { asParams, NO_FILTERS, type Filters } from './filters'

export const useQueue = defineStore('queue', () => {
  const filters = shallowRef<Filters>({ ...NO_FILTERS })
  const rows = shallowRef<readonly TaskRow[]>([])
  const counts = shallowRef<TaskCounts | null>(null)
  const next = ref<string | null>(null)
  const loaded = ref(false)
  const loading = ref(false)
  const trouble = shallowRef<unknown>(null)
  let key = ''
  let current: AbortController | null = null

  /** How many there are behind these filters, when the counts are known. */
  const total = computed(() => {
    const counted = counts.value
    if (!counted) return null
    const states = filters.value.states.length ? filters.value.states : Object.keys(counted.states)
    return states.reduce((sum, state) => sum + (counted.states[state] ?? 0), 0)
  })

  /** The same in words: `1000+` where ended cases of a frequent text were not counted to the last. */
  const totalWords = computed(() => {
    if (total.value === null) return null
    const { states } = filters.value
    const capped = counts.value?.capped.some((state) => !states.length || (states as readonly string[]).includes(state))
    return `${total.value}${capped ? '+' : ''}`
  })

  /** Show the list of these filters; the same list is loaded again only with `anew`. */
  async function open(nextFilters: Filters, anew = false): Promise<void> {
    const nextKey = asParams(nextFilters).toString()
    if (loaded.value && nextKey === key && !anew) return
    const sameList = nextKey === key
    filters.value = nextFilters
    key = nextKey
    if (!sameList) {
      rows.value = []
      next.value = null
      loaded.value = false
    }
    await loadFirst()
  }

  async function loadFirst(): Promise<void> {
    current?.abort()
    const mine = new AbortController()
    current = mine
    loading.value = true
    trouble.value = null
    void loadCounts(mine.signal)
    try {
      const page = await taskPage(asParams(filters.value), null, { signal: mine.signal })
      if (mine.signal.aborted) return
      rows.value = page.items
      next.value = page.next
      loaded.value = true
    } catch (error) {
      if (!mine.signal.aborted) trouble.value = error
    } finally {
      if (current === mine) loading.value = false
    }
  }

  async function loadCounts(signal: AbortSignal): Promise<void> {
    try {
      const answer = await taskCounts(asParams(filters.value, 'counts'), { signal })
      if (!signal.aborted) counts.value = answer
    } catch (error) {
      // The rows say what is wrong with the server; tabs without numbers still work.
      if (!signal.aborted) console.warn('counts not loaded', error)
    }
  }

  /** The next page behind the last row; rows that moved meanwhile are not doubled. */
  async function more(): Promise<void> {
    const cursor = next.value
    if (!cursor || loading.value) return
    const mine = current
    loading.value = true
    trouble.value = null
    try {
      const page = await taskPage(asParams(filters.value), cursor, mine ? { signal: mine.signal } : {})
      if (mine !== current) return
      const counted = new Set(rows.value.map((row) => row.id))
      rows.value = [...rows.value, ...page.items.filter((row) => !counted.has(row.id))]
      next.value = page.next
    } catch (error) {
      if (mine === current) trouble.value = error
    } finally {
      if (mine === current) loading.value = false
    }
  }

  /** A case changed under our hands: its row follows, its place in the queue stays. */
  function learn(task: Task): void {
    rows.value = rows.value.map((row) => (row.id === task.id ? task : row))
  }

  function placeOf(id: string): number {
    return rows.value.findIndex((row) => row.id === id)
  }

  /** The id `step` rows away; loads the next page when the end comes near. */
  function neighbour(id: string, step: 1 | -1): string | null {
    const place = placeOf(id)
    if (place < 0) return null
    if (step === 1 && place + 5 >= rows.value.length) void more()
    return rows.value[place + step]?.id ?? null
  }

  return { filters, rows, counts, next, loaded, loading, trouble, total, totalWords, open, more, learn, placeOf, neighbour }
})
