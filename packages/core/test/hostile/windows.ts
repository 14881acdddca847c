// How the rows of popups and hidden frames are played.
import type { TestPopup } from '../../src/testing/index.ts'
import { type Place, type Said, shownBy } from './place.ts'

/** ms in which all is over, the wait for a popup too. */
const LONG_MS = 660_000

/** Members of the response, over those of a sign-in of Alice's. */
type Response = Readonly<Record<string, string>>

interface Opened {
	readonly window: TestPopup
	/** The callback page in it hands this over. */
	answer(change: Response): void
	/** Somebody of the same origin says this to all who wait for callback pages. */
	say(message: unknown): void
}

/** Alice clicks, and this happens to the window. */
export const popup =
	(happens: (opened: Opened) => void) =>
	async (place: Place): Promise<string> => {
		const { world } = place
		const tab = place.open('/')
		await place.pass(200)
		let result = 'signed in'
		void place.call(
			tab.signIn({ method: 'popup' }).catch(error => {
				result = error.code
				throw error
			}),
		)
		await place.pass(200)
		const window = tab.popups[0] as TestPopup
		const request = new URL(window.url as string)
		happens({
			window,
			answer: change => world.handOver({ ...world.provider.signIn('alice', request), ...change }),
			say: world.overhear,
		})
		await place.pass(LONG_MS)
		return `${result}; ${shownBy(tab)}`
	}

/** Alice proves anew who she is, and signs out in another tab meanwhile. */
export async function popupAfterEnd(place: Place): Promise<string> {
	const { world } = place
	const { ownNotes, callback } = await place.atProvider()
	const tab = place.open(callback, { ownNotes })
	const other = place.open('/')
	await place.pass(1000)
	let result = 'signed in'
	void place.call(
		tab.signIn({ method: 'popup', prompt: 'login' }).catch(error => {
			result = error.code
			throw error
		}),
	)
	await place.pass(200)
	void place.call(other.signOut({ at: 'device' }))
	await place.pass(200)
	world.handOver(world.provider.signIn('alice', new URL(tab.popups[0]?.url as string)))
	await place.pass(1000)
	return `${result}; ${shownBy(tab)}`
}

/** What the provider's page in the frame answers; `undefined`: nothing. */
function answersInFrames({ world }: Place, change: Response | undefined) {
	const { silently } = world.provider
	world.provider.silently = request => {
		const own = silently(request)
		return change && own && { ...own, ...(change['error'] && { code: '' }), ...change }
	}
	return () => {
		world.provider.silently = silently
	}
}

/** A page loads while Alice is signed in at the provider, whose frame answers this. */
export const framed =
	(change: Response | undefined) =>
	async (place: Place): Promise<string> => {
		place.world.provider.setSession('alice')
		answersInFrames(place, change)
		const tab = place.open('/')
		await place.pass(12_000)
		return shownBy(tab)
	}

/** Alice's tokens run out, and the frame that is to bring fresh ones answers this; what passes is over at the next try. */
export const renewedInFrame =
	(change: Response | undefined, said?: Said) =>
	async (place: Place): Promise<string> => {
		const { ownNotes, callback } = await place.atProvider()
		const tab = place.open(callback, { ownNotes })
		await place.pass(1000)
		const heal = answersInFrames(place, change)
		if (said) place.says(said)
		void place.call(tab.renew())
		await place.pass(change ? 1000 : 45_000)
		const first = shownBy(tab)
		heal()
		await place.pass(45_000)
		const isRenewed = (place.world.record()?.living?.generation ?? 0) > 1
		return isRenewed ? `${first}; renewed when it is over` : shownBy(tab)
	}
