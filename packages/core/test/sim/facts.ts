// What the watchers know of a simulated world from outside: never from the stories' own state, but for the clock a page reports.
import type { SessionRecord } from '../../src/policy/record.ts'
import type { Page } from '../../src/testing/page.ts'
import type { TestTab } from '../../src/testing/tab.ts'
import type { World } from '../../src/testing/world.ts'
import type { Slot } from './browser.ts'
import type { Setup } from './schedule.ts'

export interface Session {
	readonly sub: string
	/** When it ended, ms of the world's time, and the revision that says so. */
	end?: { readonly at: number; readonly revision: number; readonly by: Page | undefined }
}

export interface Published {
	readonly id: string
	readonly generation: number
	readonly sub: string
	/** ms of the world's time */
	readonly expiresAt: number
}

export interface Activity {
	/** ms in the page's session time */
	readonly at: number
	/** ms of the world's time */
	readonly truth: number
	/** Whether the page showed a session that it could publish it for. */
	readonly counts: boolean
}

/** Something held the session in a page. */
export interface Hold {
	/** ms in the page's session time, as that was when it began or was released */
	readonly from: number
	until: number
	/** ms without the time in which the machine slept: a session's clock that is set moves them not */
	readonly fromElapsed: number
	untilElapsed: number
}

/** What is known of one page load. */
export interface Witness {
	readonly tab: TestTab
	readonly slot: Slot
	/** Hints that reached it, and when, ms of the world's time. */
	readonly hints: { readonly revision: number; readonly at: number }[]
	/** Whom the page showed last, until it takes another. */
	sub: string | undefined
	readonly activity: Activity[]
	/** Whether the page warns of idleness. */
	isWarning: boolean
	readonly holds: Hold[]
	/** When the user last said here to be there, ms of the world's time. */
	stayedAt: number | undefined
	/** When the user last asked here for the end. */
	signedOutAt: number | undefined
	isChunkLoaded: boolean
}

/** A silent sign-in in a frame. */
export interface Frame {
	readonly page: Page
	/** When it was loaded, ms of the world's time. */
	readonly at: number
	/** How many sessions had ended then. */
	readonly ends: number
	/** It was loaded in place of a refresh, by the page that had the turn. */
	readonly isRenewal: boolean
	/** Session and generation of the record then. */
	readonly name: string
}

export interface Violation {
	readonly invariant: string
	readonly message: string
	/** ms of the world's time */
	readonly at: number
}

/** Ends after which nobody is signed in until somebody asks (I2). */
export const ASK_AGAIN = /^(signed-out|idle|lifetime)$/

export type Facts = ReturnType<typeof createFacts>

const DURATIONS = { '40s': 40_000, '90s': 90_000, '2m': 120_000, '30m': 1_800_000, '12h': 43_200_000 }

/** As their sources say. */
const PRESETS = {
	nistAal2: { idleMs: 1_800_000, warnMs: 120_000, lifetimeMs: 43_200_000 },
	owaspHighValue: { idleMs: 300_000, warnMs: 60_000, lifetimeMs: 14_400_000 },
}

function limitsOf({ preset, idle, lifetime }: Setup) {
	if (preset) return PRESETS[preset]
	const idleMs = idle ? DURATIONS[idle] : Number.POSITIVE_INFINITY
	return { idleMs, warnMs: Math.min(60_000, idleMs / 2), lifetimeMs: lifetime ? DURATIONS[lifetime] : Number.POSITIVE_INFINITY }
}

/** ms that a wall clock may be behind session time and still be followed. */
export const CLOCK_LAG_MS = 300_000

export function createFacts(world: World, setup: Setup) {
	const witnesses = new Map<Page, Witness>()
	const violations: Violation[] = []
	const sessions = new Map<string, Session>()
	/** By page: the session time that the design defines, computed apart. */
	const times = new Map<Page, { time: number; mono: number; clockSetAt: number | undefined }>()
	let sleptAt = Number.NEGATIVE_INFINITY
	let clockSetAt = Number.NEGATIVE_INFINITY

	const { time } = world

	/**
	 * Session time of a page (I4): the wall clock, as it is or corrected by its skew, and never backwards behind what the page has seen since the
	 * session's clock was set (decision 17).
	 */
	function sessionTime(page: Page): number {
		const { clockSetAt, skewMs = 0 } = world.record() ?? {}
		const before = times.get(page)
		const least = before && before.clockSetAt === clockSetAt ? before.time + time.elapsed() - before.mono : Number.NEGATIVE_INFINITY
		const [lower, upper] = [time.wall(), time.wall() - skewMs].sort((one, other) => one - other) as [number, number]
		return Math.max(least, lower < least - CLOCK_LAG_MS ? upper : lower)
	}

	const { idleMs, warnMs, lifetimeMs } = limitsOf(setup)

	return {
		world,
		setup,
		witnesses,
		violations,
		sessions,
		/** Access tokens that a validated commit published. */
		published: new Map<string, Published>(),
		/** Refresh tokens and codes that the provider refused for good, to the knowledge of a page. */
		refused: new Set<string>(),
		/** Refresh tokens that the provider refused until the user has authenticated or agreed, to the knowledge of a page. */
		interactions: new Set<string>(),
		/**
		 * How often a refresh token, or the code of a frame by its session and generation, was refused with no more reason, to the knowledge of a page,
		 * while the access token was expired.
		 */
		refusals: new Map<string, number>(),
		/** Who made an intent, by its id. */
		intents: new Map<string, Page>(),
		/** Token generations, by session and number, whose successor was stored, and when, ms of the world's time: nobody sends them again. */
		secured: new Map<string, number>(),
		/** Pages whose user asked for a renewal, or that were told the network is back, and when: without the time in which the machine slept, for it stands still too. */
		asked: new Map<Page, number>(),
		/** Pages in the back/forward cache. */
		cached: new Set<Page>(),
		/** The latest deadline that each session has had, ms in session time. */
		deadlines: new Map<string, number>(),
		/** When each page's last intent was taken back or overtaken, ms of the world's time. */
		lostTurns: new Map<Page, number>(),
		/** Token requests. */
		sends: 0,
		/** Told of every access token that leaves the record's keeping. */
		used: (_page: Page, _accessToken: string): void => {},
		/** Whether a commit notes the response to a sign-in of the user as activity. */
		isResponse: (_page: Page, _before: SessionRecord, _after: SessionRecord): boolean => false,
		/** Silent sign-ins in a frame, by `state`, and by the code that came of it. */
		frames: new Map<string, Frame>(),
		silentCodes: new Map<string, Frame>(),
		/** Of silent sign-ins by a redirect. */
		redirectedCodes: new Set<string>(),
		/** By session and generation: the provider said in a frame that it does not know the user. */
		unknown: new Set<string>(),
		/** Refresh tokens that the record says are refused. */
		spent: new Set<string>(),
		/** When the storage was cleared last, ms of the world's time. */
		wipedAt: Number.NEGATIVE_INFINITY,
		/** Users that the provider named by mistake. */
		mistakes: 0,
		wasSetBack: false,
		idleMs,
		lifetimeMs,
		/** When the last activity in the record was committed, ms of the world's time, and the revision that says so. */
		touched: { at: Number.NEGATIVE_INFINITY, revision: 0 },
		/** When nobody has been active for so long that it is announced, ms in session time. */
		warningOf: ({ living }: SessionRecord): number => (living ? living.lastActivity + idleMs - warnMs : Number.POSITIVE_INFINITY),
		/** ms between two publications of what holds a session, and a little. */
		beatMs: Math.min(15_000, (idleMs - warnMs) / 4) + 2000,
		/** ms that a few looks of all tabs take, one after another. */
		looksMs: 4 * setup.storeMs * Math.max(6, setup.tabs),
		record: () => world.record(),
		/** How many sessions have ended. */
		ends: () => [...sessions.values()].filter(({ end }) => end).length,
		now: time.truth,
		/** ms without the time in which the machine slept */
		elapsed: time.elapsed,
		sessionTime,
		/** The page looks at the clock. */
		looked(page: Page) {
			times.set(page, { time: sessionTime(page), mono: time.elapsed(), clockSetAt: world.record()?.clockSetAt })
		},
		clockSet() {
			clockSetAt = time.truth()
		},
		clockSetAt: () => clockSetAt,
		/** Whether the page is of an older version than the record, and steps back. */
		isOutdated: ({ slot }: Witness): boolean => (world.record()?.format ?? 1) > 1 && !slot.isNext,
		slept() {
			sleptAt = time.truth()
		},
		/** Whether nothing stood in the page's way since then: it ran, the machine was awake, the storage worked. */
		isSteadySince: (page: Page, at: number): boolean => page.steadySince() <= at && sleptAt <= at && world.store.troubledAt() <= at,
		/** When a hint told the page of a session's end, ms of the world's time. */
		toldAt: ({ hints }: Witness, end: NonNullable<Session['end']>): number =>
			hints.find(({ revision, at }) => revision >= end.revision && at >= end.at)?.at ?? Number.POSITIVE_INFINITY,
		deadlineOf: ({ living }: SessionRecord): number =>
			living ? Math.min(living.lastActivity + idleMs, living.startedAt + lifetimeMs) : Number.POSITIVE_INFINITY,
		violate(invariant: string, message: string) {
			violations.push({ invariant, message, at: time.truth() })
		},
	}
}

/** What the fake seal holds. */
export const opened = <T>(sealed: unknown): T => (sealed as { value: T }).value
