// How the rows of an application's requests to its APIs are played.
import type { SessionError, StepUpChallenge } from '../../src/errors.ts'
import type { AccessTokenOptions } from '../../src/options.ts'
import type { TestTab } from '../../src/testing/index.ts'
import { type Api, type Place, shownBy } from './place.ts'

const API = 'https://app.example/api/orders'

/** ms that a token is old for which a 401 may be about its age. */
const OLD_MS = 11_000
/** ms in which a request is answered, be it after a renewal. */
const CALL_MS = 3000
/** ms in which a user signs in anew, and all is over. */
const STEP_UP_MS = 20_000

/** Alice is signed in, and her token is not the youngest. */
export async function signedIn(place: Place, ms = OLD_MS): Promise<TestTab> {
	const { ownNotes, callback } = await place.atProvider()
	const tab = place.open(callback, { ownNotes })
	await place.pass(ms)
	return tab
}

/** What becomes of what was asked for, in a word, once it has settled. */
export function outcomeOf<T>(place: Place, asked: Promise<T>, told: (value: T) => string): () => string {
	let outcome = 'nothing'
	const settled = asked.then(
		value => {
			outcome = told(value)
		},
		(error: SessionError) => {
			outcome = error.code
			throw error
		},
	)
	void place.call(settled)
	return () => outcome
}

const call = (place: Place, tab: TestTab, url = API) =>
	outcomeOf(place, tab.fetch(url, { method: 'POST', body: 'order 7' }), ({ status }) => `answered ${status}`)

export const many = (count: number, what: string) => `${count || 'no'} ${what}${count > 1 ? 's' : ''}`

/** An API answers so; how many requests it had, and whether the provider was asked for a better token. */
export const calls =
	(api: Api) =>
	async (place: Place): Promise<string> => {
		const tab = await signedIn(place)
		const { refresh } = place.world.provider.counts
		place.apiSays(api)
		const outcome = call(place, tab)
		await place.pass(CALL_MS)
		const renewals = place.world.provider.counts.refresh - refresh
		return `${outcome()}, ${many(place.calls.length, 'request')}, ${many(renewals, 'renewal')}; ${shownBy(tab)}`
	}

/** An API, or whoever is at that address, refuses with this challenge for ever, and nobody sees to it. */
export const challenges =
	(url: string, header: string) =>
	async (place: Place): Promise<string> => {
		const tab = await signedIn(place)
		place.apiSays(refusing(header))
		const outcome = call(place, tab, url)
		await place.pass(CALL_MS)
		const tokens = place.calls.filter(({ headers }) => headers.has('Authorization')).length
		const told = tab.eventsOf('stepUpRequired').length
		return `${outcome()}, ${many(tokens, 'token')} sent, ${told ? 'told' : 'not told'}; ${shownBy(tab)}`
	}

const refusing = (header: string) => () => new Response('', { status: 401, headers: { 'WWW-Authenticate': header } })

/** What Alice does in the window, and what the provider says. */
export interface Asked {
	readonly place: Place
	/** The user closes it. */
	leave(): void
	/** The callback page hands over the response of this user, with these members. */
	answer(change?: Readonly<Record<string, string>>, sub?: string): void
}

const listed = (values: string) => (values.length > 100 ? `${values.split(' ').length} values` : values)

/** What the authorization request asks of the user's authentication. */
function askedFor({ searchParams }: URL): string {
	const asked = ['acr_values', 'max_age'].flatMap(name =>
		searchParams.has(name) ? [`${name}=${listed(searchParams.get(name) ?? '')}`] : [],
	)
	return asked.join(' ') || 'no more than a sign-in'
}

/** An API refuses with this challenge, and the application opens a window for it; once Alice is back the API is content, unless `isNever`. */
export const stepsUp =
	(header: string, happens: (asked: Asked) => void = ({ answer }) => answer(), isNever = false) =>
	async (place: Place): Promise<string> => {
		const tab = await signedIn(place)
		const refuse = refusing(header)
		place.apiSays((_, nth) => (nth === 1 || isNever ? refuse() : new Response('')))
		tab.on('stepUpRequired', ({ challenge }) => void place.call(tab.stepUp(challenge, { method: 'popup' })))
		const outcome = call(place, tab)
		await place.pass(200)
		const [popup] = tab.popups
		const request = popup?.url === undefined ? undefined : new URL(popup.url)
		if (popup && request) {
			happens({
				place,
				leave: popup.leave,
				answer: (change, sub = 'alice') => place.world.handOver({ ...place.world.provider.signIn(sub, request), ...change }),
			})
		}
		await place.pass(STEP_UP_MS)
		const asked = popup ? `asked for ${request ? askedFor(request) : 'nothing'}` : 'asked for nothing'
		return `${asked}; ${outcome()}, ${many(place.calls.length, 'request')}; ${shownBy(tab)}`
	}

/** Alice leaves the page for a step-up, and comes back with an error. */
export const stepsUpAway =
	(error: string, challenge: StepUpChallenge) =>
	async (place: Place): Promise<string> => {
		const tab = await signedIn(place)
		void tab.stepUp(challenge).catch(() => {})
		await place.pass(200)
		const { state } = place.world.provider.signIn('alice', new URL(tab.visited.at(-1) as string))
		tab.crash()
		const back = place.open(`/signed-in?state=${state}&error=${error}`, { ownNotes: tab.ownNotes })
		await place.pass(CALL_MS)
		return shownBy(back)
	}

/** ms after which back-offs are over, and refusals are forgotten. */
const OVER_MS = 65_000

/** A token is asked for one of several APIs, and the answer meets this; what passes is over at the next try, and the main token renews too. */
export const asksFor =
	(options: AccessTokenOptions, prepare: (place: Place) => void) =>
	async (place: Place): Promise<string> => {
		const tab = await signedIn(place, CALL_MS)
		const ask = () =>
			outcomeOf(place, tab.getAccessToken(options), token => (place.world.provider.introspect(token) ? 'a token' : 'a dead token'))
		prepare(place)
		const first = ask()
		await place.pass(CALL_MS)
		const shown = `${first()}; ${shownBy(tab)}`
		if (tab.status() !== 'authenticated') return shown
		place.heal()
		await place.pass(OVER_MS)
		const [next, main] = [ask(), outcomeOf(place, tab.renew(), () => 'renewed')]
		await place.pass(CALL_MS)
		return `${shown}; when it is over ${next()}, ${main()}`
	}
