// The configuration of the page, with what this tab has been told in its address.
import { config as served } from '../../ui/config.ts'
import { idleMode } from './idle-mode.ts'

export const config = { ...served, session: { ...served.session, ...(idleMode && { idle: { timeout: idleMode } }) } }
