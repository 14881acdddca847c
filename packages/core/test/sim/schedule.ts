// What may happen in a simulated run: a world, and the steps of users and faults in it. Generated and shrunk by fast-check.
import fc from 'fast-check'
import type { Rotation } from '../../src/testing/provider.ts'

export interface Setup {
	readonly seed: number
	/** Tabs at the beginning, one of them signed in. */
	readonly tabs: number
	readonly idle: '40s' | '2m' | '30m' | false
	readonly lifetime: '90s' | '12h' | false
	/** Limits in place of those two: a preset, as an application spreads it. */
	readonly preset: 'nistAal2' | 'owaspHighValue' | undefined
	readonly continueOn: 'activity' | 'confirm'
	/** Where a timeout ends the session. */
	readonly signOutAt: 'device' | 'provider'
	/** Whether the provider tells how long its refresh tokens live. */
	readonly isTold: boolean
	readonly storage: 'device' | 'tabs'
	readonly firstFrame: boolean
	readonly rotation: Rotation
	/** ms an access token lives */
	readonly lifetimeMs: number
	readonly refreshLifetimeMs: number
	readonly latencyMs: number
	readonly storeMs: number
	readonly channelMs: number
	readonly lossPercent: number
	readonly isLockless: boolean
	readonly sso: 'off' | 'iframe' | 'redirect'
	/** Whether tokens are bound to a key (RFC 9449). */
	readonly dpop: boolean
	/** Whether the deploy of the next version is rolled back in the end. */
	readonly isRolledBack: boolean
}

export interface Step {
	readonly kind: Kind
	/** Which of the tabs that are there. */
	readonly tab: number
	/** What kind of it, where there are several. */
	readonly arg: string
	/** ms until the next step */
	readonly ms: number
}

export interface Schedule {
	readonly setup: Setup
	readonly steps: readonly Step[]
}

interface Action {
	readonly weight: number
	readonly args?: readonly string[]
	readonly isFault?: true
	/** `T` stands for the tab, `A` for the argument. */
	readonly story: string
}

/** When a page can be killed or frozen: at a commit, by what it leaves in the record, as a token request leaves, or as a frame is loaded. */
const moments = ['intent', 'sent', 'pending', 'renewed', 'code sent', 'code answered', 'begun', 'failure', 'ended', 'touched', 'framed']

/** A narrow meeting, which wants many tries. */
const NEAR = 'near the last moment, in the looks of the others'

const actions = {
	open: { weight: 8, args: ['shown', 'hidden', 'prerendered', 'next version'], story: 'a tab is opened (A)' },
	duplicate: { weight: 4, story: 'T is duplicated' },
	reload: { weight: 4, story: 'T is reloaded' },
	close: { weight: 3, story: 'T is closed' },
	show: { weight: 3, story: 'T is shown' },
	hide: { weight: 3, story: 'T is hidden' },
	act: {
		weight: 14,
		args: ['mouse', 'stay', 'reported', 'at the last moment', NEAR, NEAR, NEAR],
		story: 'the user is active in T (A)',
	},
	hold: {
		weight: 6,
		args: ['for a while', 'over the end', 'and is killed', 'for as long as it may'],
		story: 'something in T holds the session (A)',
	},
	away: {
		weight: 4,
		args: ['the warning', 'the warning', 'the end'],
		story: 'nobody is active up to shortly after A, but for what holds the session',
	},
	token: { weight: 18, args: ['once', 'once', 'often', 'at each hint'], story: 'T asks for a token (A)' },
	other: { weight: 10, args: ['orders', 'orders', 'invoices', 'both'], story: 'T asks for a token for another API (A)' },
	fetch: { weight: 10, story: 'T calls the API' },
	renew: { weight: 4, story: 'T renews' },
	retry: { weight: 3, story: 'T tries again' },
	signIn: {
		weight: 9,
		args: [
			'alice',
			'alice',
			'alice, and out elsewhere',
			'alice, and the machine sleeps',
			'alice, at the last moment',
			'bob',
			'cancelled',
			'back',
			'never',
		],
		story: 'T signs in (A)',
	},
	popup: {
		weight: 8,
		args: [
			'alice',
			'bob',
			'closed',
			'severed',
			'never',
			'late',
			'twice',
			'booted',
			'booted',
			'cancelled',
			'alice, and out elsewhere',
			'alice, and out and in elsewhere',
			'alice, and out here',
		],
		story: 'T signs in in a popup (A)',
	},
	sso: {
		weight: 3,
		args: ['alice', 'bob', 'alice, in and out elsewhere', 'alice, in and out elsewhere', 'bob, in elsewhere', 'alice, in elsewhere'],
		story: 'where single sign-on is, T is reloaded without a session but at the provider (A)',
	},
	ladder: {
		weight: 3,
		args: ['known', 'known', 'nobody', 'bob', 'forbidden', 'known, and out elsewhere', 'known, and overtaken', 'known, and overtaken'],
		story: 'where single sign-on is, the provider refuses the refresh token to T, and in the frame is A',
	},
	arrive: {
		weight: 2,
		args: ["of the application's own", 'of another client', 'that is forged'],
		story: 'T is loaded at the redirect URI with a response A',
	},
	deepLinks: { weight: 1, story: 'where nobody is signed in, twelve deep links are opened, whose pages sign in unattended' },
	signOut: { weight: 5, args: ['device', 'provider'], story: 'T signs out (A)' },
	acceptUser: { weight: 4, story: 'T takes the user who is there' },
	crash: { weight: 4, isFault: true, story: 'T is killed' },
	crashAt: { weight: 6, isFault: true, args: moments, story: 'T will be killed right after its next commit (A)' },
	freeze: { weight: 5, isFault: true, story: 'T is frozen' },
	freezeAt: { weight: 6, isFault: true, args: moments, story: 'T will be frozen right after its next commit (A)' },
	hangAt: {
		weight: 5,
		isFault: true,
		args: ['intent', 'sent', 'refused', 'refused', 'overtaken in vain', 'overtaken in vain', ...moments],
		story: 'T will hang right after its next commit (A)',
	},
	fullAt: {
		weight: 2,
		isFault: true,
		args: ['intent', 'code sent'],
		story: 'after the next commit of T (A) the storage is full for a while',
	},
	sleepAt: {
		weight: 2,
		isFault: true,
		args: ['code sent, 7200000', 'code answered, 7200000', 'code answered, 150000', 'touched, 7200000'],
		story: 'the machine will sleep right after the next commit of T (A ms)',
	},
	signOutAt: { weight: 3, args: moments, story: 'the user will sign out elsewhere right after the next commit of T (A)' },
	tokensAt: {
		weight: 3,
		args: ['pending', 'pending', 'renewed', 'begun', 'intent'],
		story: 'all will ask for a token right after the next commit of T (A)',
	},
	cross: { weight: 2, story: 'T looks and wants tokens while the user signs out elsewhere' },
	setBack: { weight: 2, isFault: true, story: 'the clock is set back and the user signs out elsewhere while T wants tokens' },
	nap: { weight: 4, isFault: true, story: 'T is frozen, the user signs out elsewhere, and T runs again' },
	hang: { weight: 3, isFault: true, story: 'T hangs, without an event' },
	resume: { weight: 8, story: 'T runs again' },
	leave: { weight: 3, isFault: true, story: 'T goes into the back/forward cache' },
	sleep: { weight: 4, isFault: true, args: ['3000', '45000', '600000', '7200000'], story: 'the machine sleeps for A ms' },
	jump: {
		weight: 3,
		isFault: true,
		args: ['3600000', '-3600000', '240000', '-240000'],
		story: 'the wall clock is set by A ms',
	},
	drift: { weight: 1, isFault: true, args: ['0.001', '-0.001', '0'], story: 'the wall clock drifts by A' },
	wrongClock: { weight: 2, isFault: true, story: 'the clock is a year ahead while T signs in in vain, and right as it signs in again' },
	restart: {
		weight: 2,
		isFault: true,
		args: ['an hour', '20 days', 'a minute, clock set back', '20 days, clock set back'],
		story: 'the machine is off for A, and all tabs are loaded again',
	},
	offline: { weight: 3, isFault: true, story: 'the network is gone' },
	online: { weight: 5, story: 'the network is back' },
	network: {
		weight: 12,
		isFault: true,
		args: ['cut', 'lost', 'half', 'hang', '429', '503', 'html', 'empty', '401', '400', 'interaction_required', 'invalid_request'],
		story: 'the next token request meets: A',
	},
	provider: {
		weight: 5,
		isFault: true,
		args: [
			...['ends', 'ends', 'mistakes', 'mistakes', 'forgets the user', 'knows alice', 'knows bob', 'takes no refresh token any more'],
			...['forbids frames', 'has no cookies in frames', 'allows frames'],
			...['wants the user at each refresh', 'refuses each refresh', 'refuses each refresh', 'takes refreshes again'],
		],
		story: 'the provider A',
	},
	store: {
		weight: 6,
		isFault: true,
		args: ['full', 'unreadable', 'blocked', 'healed', 'healed', 'aborted', 'unreported', 'wiped'],
		story: 'the storage: A',
	},
	power: { weight: 1, isFault: true, story: 'the machine loses its power' },
	stranger: { weight: 2, isFault: true, args: ['garbage', 'revision', 'key'], story: 'a stranger speaks on the channel (A)' },
	chunk: { weight: 2, isFault: true, args: ['gone', 'back'], story: 'the lazy chunk is A' },
	wait: { weight: 8, story: 'time passes' },
} as const satisfies Record<string, Action>

export type Kind = keyof typeof actions

const kinds = Object.entries(actions) as [Kind, Action][]

export const isFault = ({ kind }: Step): boolean => 'isFault' in actions[kind]

/** Waits that end in the middle of something, and waits that let something become due. */
const waits = fc.oneof(
	{ weight: 6, arbitrary: fc.integer({ min: 0, max: 60 }) },
	{ weight: 5, arbitrary: fc.integer({ min: 60, max: 2500 }) },
	{ weight: 2, arbitrary: fc.integer({ min: 2500, max: 20_000 }) },
	{ weight: 1, arbitrary: fc.integer({ min: 20_000, max: 70_000 }) },
)

const step: fc.Arbitrary<Step> = fc.oneof(
	...kinds.map(([kind, { weight, args = [''] }]) => ({
		weight,
		arbitrary: fc.record({ kind: fc.constant(kind), tab: fc.nat(19), arg: fc.constantFrom(...args), ms: waits }),
	})),
)

const none = (count: number) => Array.from({ length: count }, () => undefined)

const setup: fc.Arbitrary<Setup> = fc.record({
	seed: fc.integer(),
	tabs: fc.oneof({ weight: 30, arbitrary: fc.integer({ min: 2, max: 5 }) }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 20 }) }),
	idle: fc.constantFrom<Setup['idle'][]>('2m', '40s', '30m', false),
	lifetime: fc.constantFrom<Setup['lifetime'][]>('12h', '12h', '90s', false),
	preset: fc.constantFrom<Setup['preset'][]>(...none(10), 'nistAal2', 'owaspHighValue'),
	continueOn: fc.constantFrom('activity', 'activity', 'activity', 'confirm'),
	signOutAt: fc.constantFrom('device', 'device', 'device', 'provider'),
	isTold: fc.boolean(),
	storage: fc.constantFrom('device', 'device', 'tabs'),
	firstFrame: fc.boolean(),
	rotation: fc.constantFrom('strict', 'strict', 'grace', 'kept', 'none'),
	lifetimeMs: fc.constantFrom(60_000, 10_000, 20_000, 300_000),
	refreshLifetimeMs: fc.constantFrom(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, 120_000),
	latencyMs: fc.constantFrom(50, 400, 3000),
	storeMs: fc.constantFrom(3, 20, 100),
	channelMs: fc.constantFrom(20, 1000),
	lossPercent: fc.constantFrom(0, 0, 20, 100),
	isLockless: fc.constantFrom(false, false, false, false, true),
	sso: fc.constantFrom('off', 'off', 'off', 'iframe', 'iframe', 'redirect'),
	dpop: fc.constantFrom(false, false, false, true),
	isRolledBack: fc.boolean(),
})

export const schedule: fc.Arbitrary<Schedule> = fc.record({
	setup,
	steps: fc.array(step, { minLength: 1, maxLength: 70, size: 'max' }),
})

/** The schedule as a story. */
export function tell({ setup: { seed, ...given }, steps }: Schedule): string {
	const lines = steps.map(({ kind, tab, arg, ms }, at) => {
		const story = actions[kind].story.replace(/\bT\b/, `tab #${tab}`).replace(/\bA\b/, arg)
		return `  ${String(at + 1).padStart(2)}. ${story}; ${ms} ms pass`
	})
	return [`a world (${JSON.stringify(given)}, seed ${seed})`, ...lines].join('\n')
}
