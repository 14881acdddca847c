// When an access token may be handed out.
import type { Issue, Living } from './record.ts'

export type Times = Pick<Living, 'issuedAt' | 'expiresAt'>

export type Means = Pick<Living, 'renewable' | 'silent'> & Partial<Pick<Living, 'refreshExpiresAt'>>

/** By the refresh token, or by a silent sign-in. */
export const isRenewable = ({ renewable, silent, refreshExpiresAt = Number.POSITIVE_INFINITY }: Means, now: number): boolean =>
	silent || (renewable && now < refreshExpiresAt)

/** ms before its end: the smaller of 60 s and 20 % of the lifetime. */
export const aheadMs = ({ issuedAt, expiresAt }: Times): number => Math.min(60_000, (expiresAt - issuedAt) / 5)

/** Not so near its end that it would expire on its way to the API; one that cannot be renewed is used to its end. */
export const isUsable = (living: Times & Means, now: number): boolean =>
	now < living.expiresAt - (isRenewable(living, now) ? aheadMs(living) / 4 : 0)

/** @param name of what the token was asked for; empty for the main token */
export const issueOf = (living: Living, name: string): Issue | undefined =>
	name ? living.others[name] : { ...living, generation: living.mainGeneration }

/** Whether there is such a token, and it may be handed out. */
export function hasUsable(living: Living, name: string, now: number): boolean {
	const issue = issueOf(living, name)
	return !!issue && isUsable({ ...living, ...issue }, now)
}
