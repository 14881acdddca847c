// The log of renewals, for tests: which refresh token was sent when and by whom, what came of it, and whether the answer got out. And a hand on the next one.
import { createHash } from 'node:crypto'
import type { KoaContextWithOIDC } from 'oidc-provider'

/** A token request with a refresh token. Times are ms since the epoch; tokens go by a hash. */
export interface Renewal {
	readonly at: number
	/** Tells the tabs of a test apart. */
	readonly userAgent: string
	readonly sent: string
	/** The refresh token in the answer. */
	readonly issued: string | undefined
	/** RFC 6749 section 5.2 */
	readonly error: string | undefined
	/** When the answer was out, or the connection gone. */
	readonly settledAt: number | undefined
	/** The connection was gone before the answer was out: the client cannot know what came of it. */
	readonly isCut: boolean
}

type Written = { -readonly [Key in keyof Renewal]: Renewal[Key] }

/** The next renewal, done at the provider, its answer kept back. */
export interface Hold {
	readonly taken: Promise<Renewal>
	/** Lets the answer go; gives up the wait if no renewal has come. */
	release(): void
}

export interface Renewals {
	readonly log: readonly Renewal[]
	holdNext(): Hold
	middleware(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void>
}

const nameOf = (token: unknown) => createHash('sha256').update(String(token)).digest('base64url').slice(0, 12)

export function logRenewals(): Renewals {
	const log: Renewal[] = []
	const waiting = new Set<(renewal: Renewal) => Promise<void>>()

	return {
		log,
		holdNext() {
			let release = () => {}
			const released = new Promise<void>(resolve => {
				release = resolve
			})
			let hold: (renewal: Renewal) => Promise<void> = () => released
			const taken = new Promise<Renewal>(resolve => {
				hold = renewal => {
					resolve(renewal)
					return released
				}
			})
			waiting.add(hold)
			return {
				taken,
				release() {
					waiting.delete(hold)
					release()
				},
			}
		},
		async middleware(ctx, next) {
			if (ctx.path !== '/token') return next()
			const renewal: Written = {
				at: Date.now(),
				userAgent: ctx.get('user-agent'),
				sent: '',
				issued: undefined,
				error: undefined,
				settledAt: undefined,
				isCut: false,
			}
			ctx.res.once('close', () => {
				renewal.settledAt = Date.now()
				renewal.isCut = !ctx.res.writableFinished
			})
			await next()
			const { grant_type, refresh_token } = ctx.oidc?.params ?? {}
			if (grant_type !== 'refresh_token') return
			const { refresh_token: issued, error } = ctx.body as { refresh_token?: string; error?: string }
			Object.assign(renewal, { sent: nameOf(refresh_token), issued: issued && nameOf(issued), error } satisfies Partial<Written>)
			log.push(renewal)
			const [hold] = waiting
			if (!hold) return
			waiting.delete(hold)
			await hold(renewal)
		},
	}
}
