// After the last fault everything works again (liveness): all tabs agree, have a valid token, and the next sign-in reaches them all.

import type { TestTab } from '../../src/testing/tab.ts'
import type { Browser, Slot } from './browser.ts'
import { ASK_AGAIN, CLOCK_LAG_MS, type Facts } from './facts.ts'
import { wake as wakePage } from './wake.ts'

/** ms in which all is well again, once the shared back-off is over. */
const WELL_MS = 40_000
/** ms that a token request may hang. */
const HANGS_MS = 31_000
/** ms for which the last fault can go on: a token request that hangs, and the longest wait after it. */
const HUNG_MS = 150_000
/** ms between two looks at whether it is. */
const STEP_MS = 3000
/** ms in which a tab that stands still is overtaken: the limit of a request and 5 s more, once asked for again. */
const OVERTAKEN_MS = 70_000
/** ms for which each page that stands still can hold up the storage. */
const STALL_MS = 60_000
/** ms in which every call settles. */
const LONGEST_MS = 11_000

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
	await overtake()
	for (const slot of [...browser.slots]) wake(slot)
	await settle(STEP_MS)
	await everyTab(slot => {
		facts.asked.set(slot.page.page, facts.elapsed())
		return slot.page.retry()
	})
	const { failure } = facts.record()?.living ?? {}
	// Back-off for the provider's own trouble holds until it is over.
	if (failure) await settle(Math.max(0, failure.retryAt - time.wall()))
	await agree('after the faults')
	if (facts.violations.length === 0 && facts.setup.isRolledBack) await rollBack()
	if (facts.violations.length === 0) await signInSilently()
	if (facts.violations.length === 0) await signInAnew()

	/** The next version is withdrawn: its pages go, and the session that it has left, if any, can be ended. */
	async function rollBack() {
		if (browser.slots.every(({ isNext }) => isNext)) browser.open('/')
		for (const slot of browser.slots.filter(({ isNext }) => isNext)) browser.close(slot)
		await settle(STEP_MS)
		const { format = 1, living } = facts.record() ?? {}
		if (format === 1 || !living) return
		const slot = browser.slots.find(({ page, isAway }) => !isAway && page.page.isRunning())
		const witness = slot && facts.witnesses.get(slot.page.page)
		if (!witness) return
		witness.signedOutAt = facts.now()
		void witness.tab.signOut({ at: 'device' }).catch(() => {})
		await settle(WELL_MS, () => !facts.record()?.living)
		if (facts.record()?.living) violate('I6', 'a page of the old version cannot end the session of the newer one')
	}

	/** I10: whoever stands still with the turn does not hold up the others. */
	async function overtake() {
		const intent = () => facts.record()?.living?.intent?.id
		const standing = intent()
		if (!standing || facts.intents.get(standing)?.isRunning()) return
		const running = browser.slots.filter(({ page }) => page.page.isRunning())
		for (const slot of running) wake(slot)
		await settle(STEP_MS)
		const able = running.filter(slot => current().includes(slot) && slot.page.status() === 'authenticated')
		let isOver = false
		// A call that fails, for the storage was held up for longer than its limit, waits for nobody any more: the user asks again.
		const insist = (page: TestTab): unknown => page.renew().catch(() => time.after(STEP_MS, () => isOver || insist(page)))
		for (const { page } of able) insist(page)
		// Often, so that the one overtaken wakes while the other's request is on its way.
		const stuck = browser.slots.filter(({ page }) => !page.page.isRunning()).length
		if (able.length > 0) await settle(OVERTAKEN_MS + stuck * STALL_MS, () => intent() !== standing, 500)
		isOver = true
		const isAble = able.some(({ page }) => page.page.isRunning() && page.status() === 'authenticated')
		if (isAble && intent() === standing) violate('I10', 'a tab that stands still with the turn is not overtaken')
	}

	function wake(slot: Slot) {
		const { page } = slot.page
		if (page.isGone() && !slot.isAway) browser.reload(slot)
		else if (!page.isRunning()) wakePage(facts, slot)
		slot.isShown = true
		slot.shownAt = facts.now()
		touch(slot, slot.page.show)
		facts.asked.set(slot.page.page, facts.elapsed())
		slot.page.online()
	}

	/** Time passes, and somebody is there, until it is so. */
	async function settle(ms: number, isSo = () => false, stepMs = STEP_MS) {
		for (let left = ms; left > 0 && !isSo(); left -= stepMs) {
			for (const slot of browser.slots) accept(slot)
			const slot = browser.slots[0]
			if (slot) touch(slot, slot.page.act)
			await time.advance(Math.min(left, stepMs))
		}
	}

	function touch({ page }: Slot, act: () => void) {
		const witness = facts.witnesses.get(page.page)
		witness?.activity.push({ at: page.getDeadlines().now, truth: facts.now(), counts: false })
		const snapshot = page.getSnapshot()
		act()
		// The user is asked, and answers.
		if (!witness || snapshot.status !== 'authenticated' || snapshot.warning !== 'idle') return
		witness.stayedAt = facts.now()
		void page.stay().catch(() => {})
	}

	function accept({ page }: Slot) {
		const witness = facts.witnesses.get(page.page)
		if (!witness || page.status() !== 'user-changed') return
		witness.sub = undefined
		page.acceptUser()
	}

	async function everyTab(run: (slot: Slot) => Promise<unknown>) {
		let open = browser.slots.length
		for (const slot of browser.slots)
			void run(slot)
				.catch(error => error)
				.finally(() => {
					open -= 1
				})
		await time.flush()
		for (let waited = 0; open > 0 && waited < LONGEST_MS; waited += 500) await time.advance(500)
	}

	/** I3: before long one state in all tabs, and with it a token that is worth something. */
	async function agree(when: string) {
		const since = facts.now()
		// Another's turn is waited for as long as it can last, and then the way there and back.
		const wellMs = WELL_MS + 4 * facts.setup.latencyMs
		let until = since + wellMs
		let standing = await disagreement()
		while (standing && facts.now() < until && facts.violations.length === 0) {
			await settle(STEP_MS)
			// A request that still hung when the faults stopped is a fault until it ends, and all wait after it.
			const { failure } = facts.record()?.living ?? {}
			const backOffMs = failure ? failure.retryAt - time.wall() : 0
			if (backOffMs > 0) until = Math.max(until, Math.min(since + HUNG_MS, facts.now() + backOffMs + wellMs))
			// A key that nobody had a moment ago is asked for again when somebody asks.
			await everyTab(async slot => stateOf(slot).endsWith('key-unavailable') && slot.page.retry())
			standing = await disagreement()
		}
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
		// Nothing but a sign-in can confirm the time where the wall clock is behind that of a session which nothing renews (decision 17).
		const isDoubted = record?.living && !record.living.renewable && !record.living.silent && time.wall() < record.highTime - CLOCK_LAG_MS
		if (isDoubted && states.every(state => state === 'unauthenticated expired')) return undefined
		const isRight = (state: string) => (expected.endsWith('*') ? state.startsWith('unauthenticated') : state === expected)
		if (!states.every(isRight)) return `the record says ${expected} and the tabs ${states.join(', ')}`
		return record?.living && tokens.includes(undefined) ? `a living session gives the tokens ${tokens.join(', ')}` : undefined
	}

	function stateOf({ page }: Slot): string {
		const snapshot = page.manager.getSnapshot()
		if (snapshot.status === 'authenticated') return `authenticated ${snapshot.user.sub}`
		return snapshot.status === 'unauthenticated' ? `unauthenticated ${snapshot.reason}` : snapshot.status
	}

	/** A session that nobody meant to end, whose user the provider knows. */
	async function lose() {
		const slot = current().find(({ page }) => page.status() === 'authenticated')
		if (!slot || world.provider.session() !== facts.record()?.sub) return
		world.provider.revokeGrants()
		facts.asked.set(slot.page.page, facts.elapsed())
		void slot.page.renew().catch(() => {})
		await settle(WELL_MS, () => !facts.record()?.living)
	}

	/** Whoever is signed in at the provider is signed in by a page that loads, where nothing speaks against it; as old as before (commits.ts). */
	async function signInSilently() {
		const { sso } = facts.setup
		if (sso === 'off') return
		// Whoever asks now waits for it, and a request of before may hang for as long as its limit.
		await time.advance(HANGS_MS)
		if (sso === 'redirect') await lose()
		const sub = world.provider.session()
		const { living, end, silentBlockedUntil = 0 } = facts.record() ?? {}
		const isAllowed = !living && !ASK_AGAIN.test(end?.reason ?? '') && silentBlockedUntil < time.wall()
		if (!sub || !isAllowed || facts.wasSetBack) return
		browser.open('/')
		await settle(WELL_MS, () => !!facts.record()?.living)
		const { living: now, end: ended } = facts.record() ?? {}
		// The session of one who authenticated long ago has reached its age as it begins; a page that was sent there too often is not sent again.
		if (!now && ended?.reason !== 'lifetime' && sso === 'iframe')
			violate('I6', `a page that loads does not sign in ${sub}, whom the provider knows`)
	}

	async function signInAnew() {
		// A page of the next version may raise the record at any moment.
		// Its live session, whose pages are gone, is gone on with by another.
		const { format = 1, living } = facts.record() ?? {}
		const older = format > 1 && living ? undefined : browser.slots[0]
		const slot = browser.slots.find(({ isNext }) => isNext) ?? older ?? browser.open('/', { isNext: true })
		await time.advance(1000)
		// A page that has just been opened may have left for a silent sign-in.
		await settle(WELL_MS, () => !slot.isAway && !/^(loading|redirecting)$/.test(slot.page.status()))
		slot.plan = 'zoe'
		void slot.page.signIn({ prompt: 'login' }).catch(() => {})
		// Six times there and back, and some twenty transactions, each behind the looks of all tabs, beside the user's own pace.
		const { latencyMs, storeMs } = facts.setup
		await settle(8000 + 6 * latencyMs + 20 * storeMs * browser.slots.length, () => facts.record()?.sub === 'zoe')
		if (facts.record()?.sub !== 'zoe') return violate('I6', `a sign-in brings no session (${slot.page.status()})`)
		await settle(STEP_MS)
		await agree('after a new sign-in')
	}
}
