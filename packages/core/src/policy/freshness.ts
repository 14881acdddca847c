// When an access token may be handed out and when it is renewed ahead of its end.
import type { Issue, Living } from './record.ts'

type Times = Pick<Living, 'issuedAt' | 'expiresAt'>

/** By the refresh token, or by a silent sign-in. */
export const isRenewable = ({ renewable, silent }: Pick<Living, 'renewable' | 'silent'>): boolean => renewable || silent

/** ms before its end: the smaller of 60 s and 20 % of the lifetime. */
const aheadMs = ({ issuedAt, expiresAt }: Times): number => Math.min(60_000, (expiresAt - issuedAt) / 5)

/** Not so near its end that it would expire on its way to the API; one that cannot be renewed is used to its end. */
export const isUsable = (living: Times & Pick<Living, 'renewable' | 'silent'>, now: number): boolean =>
	now < living.expiresAt - (isRenewable(living) ? aheadMs(living) / 4 : 0)

/** @param name of what the token was asked for; empty for the main token */
export const issueOf = (living: Living, name: string): Issue | undefined =>
	name ? living.others[name] : { ...living, generation: living.mainGeneration }

/** Whether there is such a token, and it may be handed out. */
export function hasUsable(living: Living, name: string, now: number): boolean {
	const issue = issueOf(living, name)
	return !!issue && isUsable({ ...living, ...issue }, now)
}

/** When the tokens are renewed ahead of time. `fraction` in [0, 1) spreads the tabs over a tenth of the margin. */
export const renewAt = (times: Times, fraction: number): number => times.expiresAt - aheadMs(times) * (1 - fraction / 10)
