// Limits that others have set, to spread into the options: `createSessionManager({ ...nistAal2, authority, … })`. An import, so that the unused ones cost nothing.
import type { IdleOptions, LifetimeOptions } from './options.ts'

interface Preset {
	readonly idle: IdleOptions
	readonly lifetime: LifetimeOptions
}

/**
 * NIST SP 800-63B, Authentication Assurance Level 2: the user authenticates again after 30 minutes without activity, and after 12 hours in any case
 * (revision 3, section 4.2.3), counted from the authentication. Revision 4 (section 2.2.3) allows more: 1 hour and 24 hours.
 */
export const nistAal2: Preset = {
	idle: { timeout: '30m', warnBefore: '2m' },
	lifetime: { timeout: '12h', warnBefore: '5m', from: 'authentication' },
}

/**
 * OWASP Session Management Cheat Sheet: 2 to 5 minutes without activity for applications of high value, and 4 to 8 hours in any case for a full day's
 * office work. Of the first the longer, for time enough to read (WCAG 2.2 SC 2.2.1); of the second the shorter.
 */
export const owaspHighValue: Preset = {
	idle: { timeout: '5m', warnBefore: '60s' },
	lifetime: { timeout: '4h', warnBefore: '5m' },
}
