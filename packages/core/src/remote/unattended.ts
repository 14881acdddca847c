// Unattended sign-ins: how often this tab has left for the provider by itself, and whether another tab is at it already.
import { schedule } from '../local/schedule.ts'
import type { Note } from '../platform/ports.ts'
import { deadlineReason, isLiving, type SessionRecord } from '../policy/record.ts'
import { type Departure, departuresOf, isLooping, unattendedSince, withinWindow } from '../policy/sign-in.ts'
import type { Context } from './context.ts'
import { within } from './wait.ts'

/** ms for which a session has to last for the sign-ins before it to be forgotten. */
const LASTING_MS = 10_000

/** ms, from its beginning, for which the unattended sign-in of another tab is waited for. */
export const OTHERS_MS = 10_000

function parse(text: string | undefined): readonly Departure[] {
	try {
		const found: unknown = JSON.parse(text ?? '')
		return Array.isArray(found) ? found.filter(each => typeof each?.state === 'string' && typeof each.at === 'number') : []
	} catch {
		return []
	}
}

/** The unattended departures of this tab, which a duplicated tab inherits; `undefined` where the browser refuses `sessionStorage`. */
function ownDepartures(note: Note): readonly Departure[] | undefined {
	const departures = parse(note.read())
	const text = JSON.stringify(departures)
	note.write(text)
	return note.read() === text ? departures : undefined
}

/** Whether the user has to start the next sign-in: unattended ones of this tab, or of all where a tab cannot tell its own, come to nothing. */
export const isTabLooping = ({ tab, platform }: Context, record: SessionRecord | undefined): boolean =>
	isLooping(ownDepartures(platform.departures) ?? departuresOf(record), tab.now(), tab.config)

/** Notes that the page is about to be left, whatever comes of it: a response that no page takes counts too. */
export function noteDeparture({ tab, platform }: Context, state: string): void {
	const former = withinWindow(parse(platform.departures.read()), tab.now(), tab.config)
	platform.departures.write(JSON.stringify([...former, { state, at: tab.now() }]))
}

/**
 * In a tab that has not left yet, waits for the unattended sign-in of another tab that has just begun.
 * @returns whether there is a session to show
 */
export async function awaitOthers({ tab, platform }: Context, mostMs: number): Promise<boolean> {
	const { view, config } = tab
	const isThere = () => isLiving(view.record) && view.keyed === true && !deadlineReason(view.record, tab.now(), config)
	const since = () => (view.record ? unattendedSince(view.record) : 0)
	await tab.read()
	const departures = ownDepartures(platform.departures)
	const ms = Math.min(mostMs, since() + OTHERS_MS - tab.now())
	if (isThere() || ms <= 0 || !departures || withinWindow(departures, tab.now(), config).length > 0) return isThere()
	await within(tab, ms, () => isThere() || since() === 0, 'sign-in in another tab').catch(() => {})
	await tab.read()
	return isThere()
}

/** Forgets the departures of this tab once a session has lasted. */
export function createForgetting({ tab, platform }: Context) {
	let cancel = () => {}

	function attend() {
		cancel()
		const { record } = tab.view
		if (!isLiving(record) || platform.departures.read() === undefined) return
		const ms = record.living.signedInAt + LASTING_MS - tab.now()
		if (ms > 0) cancel = schedule(tab, ms, attend)
		else if (tab.settle().status === 'authenticated') platform.departures.clear()
	}

	return { attend, stop: () => cancel() }
}
