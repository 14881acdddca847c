// The configuration of the page, with the timeouts that have been chosen in this browser.
import { config as served } from '../../ui/config.ts'
import { chosen } from './chosen-timeouts.ts'
import { limitsOf } from './timeouts.ts'

export const config = { ...served, session: { ...served.session, ...limitsOf(chosen, served.session) } }
