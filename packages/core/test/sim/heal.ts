// After the last fault everything works again (liveness): all tabs agree, have a valid token, and the next sign-in reaches them all.
import type { Browser, Slot } from './browser.ts'
import type { Facts } from './facts.ts'

/** ms in which all is well again, once the shared back-off is over. */
const WELL_MS = 40_000

export async function heal(facts: Facts, browser: Browser): Promise<void> {
	const { world, violate } = facts
	const { time } = world

	/** The tabs that can take part: an older version of the application steps back before a newer one. */
	const current = () => browser.slots.filter(slot => slot.isNext || (facts.record()?.format ?? 1) === 1)

	world.heal()
	facts.clockSet()
	if (time.wall() > time.rightWall()) facts.wasSetBack = true
	time.setRight()
	browser.setChunk(true)
	for (const slot of [...browser.slots]) wake(slot)
	await settle(12_000)
	await everyTab(slot => slot.page.retry())
	const { failure } = facts.record()?.living ?? {}
	// Back-off for the provider's own trouble holds until it is over.
	if (failure) await settle(Math.max(0, failure.retryAt - world.time.wall()))
	await settle(WELL_MS)
	if (facts.violations.length > 0) return
	await agree('after the faults')
	if (facts.violations.length > 0) return
	await signInAnew()

	function wake(slot: Slot) {
		const { page } = slot.page
		if (page.isGone() && !slot.isAway) browser.reload(slot)
		else if (!page.isRunning()) slot.page.restore()
		slot.isShown = true
		touch(slot, slot.page.show)
		slot.page.online()
	}

	/** Time passes, and somebody is there. */
	async function settle(ms: number) {
		for (let left = ms; left > 0; left -= 8000) {
			for (const slot of browser.slots) accept(slot)
			const slot = browser.slots[0]
			if (slot) touch(slot, slot.page.act)
			await time.advance(Math.min(left, 8000))
		}
	}

	function touch({ page }: Slot, act: () => void) {
		const witness = facts.witnesses.get(page.page)
		witness?.activity.push({ at: page.getDeadlines().now, truth: facts.now(), counts: false })
		act()
	}

	function accept({ page }: Slot) {
		const witness = facts.witnesses.get(page.page)
		if (!witness || page.status() !== 'user-changed') return
		witness.sub = undefined
		page.acceptUser()
	}

	async function everyTab(run: (slot: Slot) => Promise<unknown>) {
		const done = Promise.all(browser.slots.map(slot => run(slot).catch(error => error)))
		await time.advance(11_000)
		await Promise.race([done, Promise.resolve()])
	}

	/** I3: one state in all tabs, and with it a token that is worth something. A deadline or a renewal may come just now: then a little later. */
	async function agree(when: string) {
		if (!(await disagreement())) return
		// A key that nobody had a moment ago is asked for again when somebody asks.
		await everyTab(slot => (stateOf(slot).endsWith('key-unavailable') ? slot.page.retry() : Promise.resolve()))
		await settle(16_000)
		const standing = await disagreement()
		if (standing) violate('I3', `${when}, ${standing}`)
	}

	async function disagreement(): Promise<string | undefined> {
		const tokens: (string | undefined)[] = []
		await everyTab(async slot => {
			const token = await slot.page.getAccessToken().catch(() => undefined)
			if (token) facts.used(slot.page.page, token)
			if (current().includes(slot)) tokens.push(token)
		})
		const record = facts.record()
		const states = current().map(stateOf)
		const expected = record?.living ? `authenticated ${record.sub}` : `unauthenticated ${record?.end?.reason ?? '*'}`
		// With the last tab that had the key the session is over.
		if (facts.setup.storage === 'tabs' && states.every(state => state === 'unauthenticated key-unavailable')) return undefined
		const isRight = (state: string) => (expected.endsWith('*') ? state.startsWith('unauthenticated') : state === expected)
		if (!states.every(isRight)) return `the record says ${expected} and the tabs ${states.join(', ')}`
		return record?.living && tokens.includes(undefined) ? `a living session gives the tokens ${tokens.join(', ')}` : undefined
	}

	function stateOf({ page }: Slot): string {
		const snapshot = page.manager.getSnapshot()
		if (snapshot.status === 'authenticated') return `authenticated ${snapshot.user.sub}`
		return snapshot.status === 'unauthenticated' ? `unauthenticated ${snapshot.reason}` : snapshot.status
	}

	async function signInAnew() {
		const slot = current()[0] ?? browser.open('/', { isNext: true })
		await time.advance(1000)
		slot.plan = 'zoe'
		void slot.page.signIn({ prompt: 'login' }).catch(() => {})
		// Six times there and back, and some twenty transactions, beside the user's own pace.
		await settle(8000 + 6 * facts.setup.latencyMs + 20 * facts.setup.storeMs)
		if (facts.record()?.sub !== 'zoe') return violate('I6', `a sign-in brings no session (${slot.page.status()})`)
		await everyTab(other => (other.page.status() === 'unauthenticated' ? other.page.retry() : Promise.resolve()))
		await settle(8000)
		await agree('after a new sign-in')
	}
}
