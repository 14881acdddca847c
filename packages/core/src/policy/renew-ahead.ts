// When tokens are renewed ahead of their end. In the lazy chunk only.
import { aheadMs, type Means, type Times } from './freshness.ts'

/** ms that a refresh token has to last for a renewal in its own time: one that the provider gives no more time is not asked for it on and on. */
const WORTH_MS = 10_000

/** When the tokens are renewed ahead of time. `fraction` in [0, 1) spreads the tabs over a tenth of the margin. */
export function renewAt({ issuedAt, expiresAt, refreshExpiresAt = expiresAt }: Times & Partial<Means>, fraction: number): number {
	const end = refreshExpiresAt - issuedAt > WORTH_MS ? Math.min(expiresAt, refreshExpiresAt) : expiresAt
	return end - aheadMs({ issuedAt, expiresAt: end }) * (1 - fraction / 10)
}
