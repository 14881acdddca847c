// How the rows of the ways out are played: the provider's sign-out and the way back, its front-channel logout, its check-session page.
import { IDBFactory } from 'fake-indexeddb'
import { vi } from 'vitest'
import { type FrontChannelLogoutOptions, handleFrontChannelLogout } from '../../src/front-channel-logout.ts'
import { frames } from '../../src/platform/frames.ts'
import { createRecordStore } from '../../src/platform/record-store.ts'
import { recordName } from '../../src/policy/record.ts'
import { AUTHORITY } from '../../src/testing/provider.ts'
import { CLIENT_ID, ORIGIN } from '../../src/testing/world.ts'
import { signedIn } from './calls.ts'
import { type Place, shownBy } from './place.ts'

/** Alice signs out in a tab, which leaves for the provider. @returns the state that goes with her, and the notes of the tab */
async function signsOut(place: Place, returnTo: string | undefined) {
	const tab = await signedIn(place, 1000)
	void place.call(tab.signOut(returnTo === undefined ? {} : { returnTo }))
	await place.pass(500)
	tab.crash()
	return { ownNotes: tab.ownNotes, state: new URL(tab.visited.at(-1) as string).searchParams.get('state') }
}

interface WayBack {
	readonly returnTo?: string | undefined
	/** What becomes of the address to which the provider sends her. @param other the state of her sign-out before */
	readonly change?: (address: URL, other: string) => void
}

/** Alice comes back from the provider's sign-out page. */
export const comesBack =
	({ returnTo, change = () => {} }: WayBack) =>
	async (place: Place): Promise<string> => {
		const other = await signsOut(place, '/other')
		const { ownNotes, state } = await signsOut(place, returnTo)
		const address = new URL('/', ORIGIN)
		if (state) address.searchParams.set('state', state)
		change(address, other.state as string)
		const tab = place.open(address.pathname + address.search, { ownNotes })
		await place.pass(1000)
		const lands = tab.href === address.href ? 'the address stays' : `lands on ${[tab.href, ...tab.visited].join(', ')}`
		return `${lands}; ${shownBy(tab)}`
	}

/** A page of the application by itself, with the storage and the channel of the world's tabs. */
async function loadsLogoutPage(place: Place, query: string, options: Partial<FrontChannelLogoutOptions>) {
	const { world } = place
	const factory = new IDBFactory()
	const of = { authority: AUTHORITY, clientId: CLIENT_ID }
	const store = createRecordStore(
		recordName(of),
		() => Promise.reject(new Error('no memory')),
		() => factory,
	)
	await store.update(() => world.record(), true)
	const said: unknown[] = []
	vi.stubGlobal('window', { location: { href: `${ORIGIN}/logged-out.html${query}` } })
	vi.stubGlobal('document', {})
	vi.stubGlobal('indexedDB', factory)
	vi.stubGlobal(
		'BroadcastChannel',
		class {
			readonly postMessage = (message: unknown) => void said.push(message)
			close() {}
		},
	)
	try {
		await handleFrontChannelLogout({ ...of, ...options })
	} finally {
		vi.unstubAllGlobals()
	}
	world.store.set(await store.read())
	for (const message of said) world.say(message)
}

interface LogoutPage {
	/** The query of its address. @param sid of the session that is there */
	readonly query: (sid: string) => string
	readonly options?: Partial<FrontChannelLogoutOptions>
	/** What Alice has done before. */
	readonly before?: (place: Place) => Promise<unknown>
}

/** The provider, or somebody else, loads the application's logout page while Alice has two tabs. */
export const logoutPage =
	({ query, options = {}, before = async () => {} }: LogoutPage) =>
	async (place: Place): Promise<string> => {
		const tabs = [await signedIn(place, 1000), place.open('/')]
		await place.pass(1000)
		const sid = place.world.record()?.living?.sid as string
		await before(place)
		await loadsLogoutPage(place, query(sid), options)
		await place.pass(1000)
		return `${[...new Set(tabs.map(shownBy))].join(' and ')} in every tab`
	}

/** Alice signs out in a tab of hers. */
export async function signsOutHere(place: Place) {
	void place.call(place.open('/').signOut({ at: 'device' }))
	await place.pass(1000)
}

/** As much of an iframe as there has to be. */
interface FakeFrame {
	readonly style: object
	onload?: () => void
	readonly contentWindow: { postMessage(message: string): void }
	remove(): void
}

/** What happens to a page that monitors the provider's session. */
export interface Monitored {
	readonly place: Place
	/** The window of the check-session page. */
	readonly window: unknown
	/** Some window sends the page a message. */
	hear(source: unknown, origin: string, data: unknown): void
	/** From now on the check-session page answers so; `undefined`: nothing. */
	answers(answer: unknown): void
}

/** ms in which the check-session page is asked more than once. */
const POLLS_MS = 10_000

/** A page monitors the provider's session, in a real frame; whatever it takes for `changed` is confirmed by the provider. */
export const monitored =
	(happens: (monitored: Monitored) => void, isBlindFromTheBeginning = false) =>
	async (place: Place): Promise<string> => {
		const { world } = place
		const page = new EventTarget()
		const hear = (source: unknown, origin: string, data: unknown) =>
			page.dispatchEvent(Object.assign(new Event('message'), { source, origin, data }))
		let answer: (message: string) => unknown = isBlindFromTheBeginning ? () => 'changed' : world.provider.checkSession
		const window = {
			postMessage: (message: string) =>
				void world.time.after(20, () => {
					const said = answer(message)
					if (said !== undefined) hear(window, AUTHORITY, said)
				}),
		}
		vi.stubGlobal('addEventListener', page.addEventListener.bind(page))
		vi.stubGlobal('document', {
			createElement: (): FakeFrame => ({ style: {}, contentWindow: window, remove() {} }),
			body: { append: (frame: FakeFrame) => void world.time.after(20, () => frame.onload?.()) },
		})
		try {
			const { ownNotes, callback } = await place.atProvider()
			const tab = place.open(callback, { ownNotes, frames, recheck: async () => 'gone' })
			await place.pass(POLLS_MS)
			happens({
				place,
				window,
				hear,
				answers: said => {
					answer = () => said
				},
			})
			await place.pass(POLLS_MS)
			return shownBy(tab)
		} finally {
			vi.unstubAllGlobals()
		}
	}
