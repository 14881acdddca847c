// Where the stories of alerts are played: many tabs of one browser, and what befalls their sign-ins.
import type { Alert, AlertType } from '../../src/index.ts'
import type { Ledger } from '../../src/policy/ledger.ts'
import type { ReportBody } from '../../src/remote/reporter.ts'
import { createWorld, type OpenOptions, type TestTab, type World, type WorldOptions } from '../../src/testing/index.ts'

export const SECOND = 1000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE

export interface Place extends World {
	/** Every tab that was opened, gone or not. */
	readonly tabs: readonly TestTab[]
}

/** A world that knows its tabs. Sessions last, unless something happens to them. */
export function place(options: WorldOptions = {}): Place {
	const world = createWorld({ lifetimeMs: 10 * MINUTE, ...options, session: { idle: false, lifetime: false, ...options.session } })
	const tabs: TestTab[] = []
	return {
		...world,
		tabs,
		open(path, open) {
			const tab = world.open(path, open)
			tabs.push(tab)
			return tab
		},
	}
}

/** Every alert that an application was told of, in whichever tab, oldest first. */
export const told = ({ tabs }: Place, type?: AlertType): Alert[] =>
	tabs
		.flatMap(tab => tab.eventsOf('alert') as Alert[])
		.filter(alert => !type || alert.type === type)
		.sort((one, other) => one.at - other.at)

export const ledgerOf = ({ store }: Place) => store.ledger() as Ledger

export const kindsOf = (world: Place) => ledgerOf(world).entries.map(({ kind }) => kind)

/** Leaves for the provider. @returns its request, and what the tab keeps */
export async function left(world: Place, open: OpenOptions = {}) {
	const { time } = world
	const ownNotes = new Map<string, string>()
	const before = world.open('/', { ownNotes, ...open })
	await time.advance(100)
	void before.signIn()
	await time.advance(200)
	const request = new URL(before.visited.at(-1) as string)
	before.crash()
	return { request, state: request.searchParams.get('state') as string, ownNotes }
}

/** The provider sends the user back. @returns the tab in which that is answered */
export async function back(world: Place, query: string, ownNotes = new Map<string, string>(), open: OpenOptions = {}) {
	const tab = world.open(`/signed-in?${query}`, { ownNotes, ...open })
	await world.time.advance(500)
	return tab
}

/** A sign-in from its beginning to its end, a failure. */
export async function failing(world: Place, error = 'server_error', open: OpenOptions = {}) {
	const { state, ownNotes } = await left(world, open)
	return back(world, `state=${state}&error=${error}`, ownNotes, open)
}

/** A sign-in that goes well. */
export async function signedIn(world: Place, sub = 'alice', open: OpenOptions = {}) {
	const { request, ownNotes } = await left(world, open)
	const { state, code } = world.provider.signIn(sub, request)
	return back(world, `state=${state}&code=${code}`, ownNotes, open)
}

/** A callback that nobody in this browser has asked for, of a sign-in that the application began in another browser. */
export const stray = (world: Place, open: OpenOptions = {}) =>
	back(world, `state=stranger${world.stateSuffix}&code=theirs`, new Map(), open)

/** Everybody closes their tabs. */
export function closed({ tabs }: Place) {
	for (const tab of tabs) tab.crash()
}

export const idsOf = (reports: readonly ReportBody[]) => reports.flatMap(({ alerts }) => alerts.map(({ id }) => id))
