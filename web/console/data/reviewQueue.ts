/** The list one works through: its rows, its counts, and who is next in it. */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'

import type { Task, TaskRow } from '@shared/api/types'

import { taskCounts, taskPage } from '../api/calls'
import type { TaskCounts } from '../api/types'
import { asParams, NO_FILTERS, type Filters } from './filters'

function queueState() {
  return {
    filters: shallowRef<Filters>({ ...NO_FILTERS }),
    rows: shallowRef<readonly TaskRow[]>([]),
    counts: shallowRef<TaskCounts | null>(null),
    next: ref<string | null>(null),
    loaded: ref(false),
    loading: ref(false),
    trouble: shallowRef<unknown>(null),
  }
}

type QueueState = ReturnType<typeof queueState>

function totalsOf({ filters, counts }: QueueState) {
  /** How many there are behind these filters, when the counts are known. */
  const total = computed(() => {
    const counted = counts.value
    if (!counted?.in_scope) return null
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
  return { total, totalWords }
}

/** Fills the state from the server; a new list aborts the requests of the one before. */
class ListLoader {
  private key = ''
  private current: AbortController | null = null

  constructor(private readonly state: QueueState) {}

  /** Show the list of these filters; the same list is loaded again only with `anew`. */
  async open(nextFilters: Filters, anew = false): Promise<void> {
    const { filters, rows, next, loaded } = this.state
    const nextKey = asParams(nextFilters).toString()
    if (loaded.value && nextKey === this.key && !anew) return
    const sameList = nextKey === this.key
    filters.value = nextFilters
    this.key = nextKey
    if (!sameList) {
      rows.value = []
      next.value = null
      loaded.value = false
    }
    await this.loadFirst()
  }

  /** The next page behind the last row; rows that moved meanwhile are not doubled. */
  async more(): Promise<void> {
    const { filters, rows, next, loading, trouble } = this.state
    const cursor = next.value
    if (!cursor || loading.value) return
    const mine = this.current
    loading.value = true
    trouble.value = null
    try {
      const page = await taskPage(asParams(filters.value), cursor, mine ? { signal: mine.signal } : {})
      if (mine !== this.current) return
      const counted = new Set(rows.value.map((row) => row.id))
      rows.value = [...rows.value, ...page.items.filter((row) => !counted.has(row.id))]
      next.value = page.next
    } catch (error) {
      if (mine === this.current) trouble.value = error
    } finally {
      if (mine === this.current) loading.value = false
    }
  }

  private async loadFirst(): Promise<void> {
    const { filters, rows, next, loaded, loading, trouble } = this.state
    this.current?.abort()
    const mine = new AbortController()
    this.current = mine
    loading.value = true
    trouble.value = null
    void this.loadCounts(mine.signal)
    try {
      const page = await taskPage(asParams(filters.value), null, { signal: mine.signal })
      if (mine.signal.aborted) return
      rows.value = page.items
      next.value = page.next
      loaded.value = true
    } catch (error) {
      if (!mine.signal.aborted) trouble.value = error
    } finally {
      if (this.current === mine) loading.value = false
    }
  }

  private async loadCounts(signal: AbortSignal): Promise<void> {
    try {
      const answer = await taskCounts(asParams(this.state.filters.value, 'counts'), { signal })
      if (!signal.aborted) this.state.counts.value = answer
    } catch (error) {
      // The rows say what is wrong with the server; tabs without numbers still work.
      if (!signal.aborted) console.warn('counts not loaded', error)
    }
  }
}

export const useQueue = defineStore('queue', () => {
  const state = queueState()
  const { rows } = state
  const loader = new ListLoader(state)

  /** A case changed while it is listed: its row follows, its place in the queue stays. */
  function learn(task: Task): void {
    rows.value = rows.value.map((row) => (row.id === task.id ? task : row))
  }

  function placeOf(id: string): number {
    return rows.value.findIndex((row) => row.id === id)
  }

  const more = (): Promise<void> => loader.more()

  /** The id `step` rows away; loads the next page when the end comes near. */
  function adjacent(id: string, step: 1 | -1): string | null {
    const place = placeOf(id)
    if (place < 0) return null
    if (step === 1 && place + 5 >= rows.value.length) void more()
    return rows.value[place + step]?.id ?? null
  }

  return {
    ...state,
    ...totalsOf(state),
    open: (filters: Filters, anew?: boolean) => loader.open(filters, anew),
    more,
    learn,
    placeOf,
    adjacent,
  }
})
