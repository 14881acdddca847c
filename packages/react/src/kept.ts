// Children that stay mounted after an end that nobody meant.
import type { EndReason } from '@tabsession/core'
import { createContext } from 'react'

/** Ends after which the same user may come back and go on. */
export const isUnmeant = (reason: EndReason) => /^(renewal-rejected|interaction-required|expired|invalid-tokens)$/.test(reason)

/** Whether the components here are kept then. */
export const Kept = createContext(false)
