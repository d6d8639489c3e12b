import { SetupStep } from '@shared/contract/vocabulary'
import { describe, expect, it } from 'vitest'

import { STEPS } from './setupSteps'

describe('the steps of setting up a city', () => {
  it('leads somewhere for every step that the server names', () => {
    for (const step of Object.values(SetupStep)) expect(STEPS[step].to).toBeTruthy()
  })
})
