// A session as the policies' tests know it: Alice's, of five-minute tokens.
import type { Config } from '../src/options.ts'
import { blank, type End, FORMAT, type Living, type LivingRecord, type SessionRecord } from '../src/policy/record.ts'

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const T = 1_800_000_000_000

export const config = {
	idle: { timeoutMs: 30 * MINUTE, warnBeforeMs: MINUTE },
	lifetime: { timeoutMs: 12 * HOUR, warnBeforeMs: 5 * MINUTE },
	sso: 'off',
	loopGuard: { attempts: 3, withinMs: 30_000 },
} as Config
export const unlimited = { idle: undefined, lifetime: undefined, sso: 'off' } as Config

export const session: LivingRecord = {
	...blank,
	revision: 7,
	highTime: T,
	id: 'of-alice',
	sub: 'alice',
	living: {
		user: { sub: 'alice', name: 'Alice' },
		generation: 3,
		mainGeneration: 3,
		resources: [],
		others: {},
		startedAt: T,
		signedInAt: T,
		lastActivity: T,
		issuedAt: T,
		expiresAt: T + 5 * MINUTE,
		refreshExpiresAt: undefined,
		sessionExpiresAt: undefined,
		renewable: true,
		silent: false,
		sid: undefined,
		sessionState: undefined,
		tokens: { iv: new Uint8Array(12), data: new ArrayBuffer(8) },
		key: undefined,
		dpopKey: undefined,
		pending: undefined,
		intent: undefined,
		failure: undefined,
	},
}

export const having = (part: Partial<Living>): LivingRecord => ({ ...session, living: { ...session.living, ...part } })
export const activeAt = (lastActivity: number): LivingRecord => having({ lastActivity })

export const byUser: End = { reason: 'signed-out', at: T + MINUTE, tab: 'here' }
export const gone: SessionRecord = { ...session, end: byUser, living: undefined }
export const ofNewerApp = { ...session, format: FORMAT + 1, vault: 'of tomorrow' } as LivingRecord
