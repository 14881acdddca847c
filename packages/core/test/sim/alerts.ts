// Watches the ledger of alerts and what comes of it: told once, reported at last, and no false alarm about a token that only this browser has used.
import type { Alert } from '../../src/index.ts'
import type { Entry, Ledger } from '../../src/policy/ledger.ts'
import type { Page } from '../../src/testing/page.ts'
import type { TestTab } from '../../src/testing/tab.ts'
import type { Facts } from './facts.ts'

/** Tokens, codes and what else must be told to nobody, as this world names them; and its user. */
const SECRET = /access-\d|refresh-\d|code-\d|state-\d|nonce-\d|verifier-\d|alice|https?:/

/** ms in which what waits is reported, once nothing goes wrong any more: a turn that was left behind, and the way there and back. */
const REPORTED_MS = 40_000

const MINUTE = 60_000

/** ms for which a rule has to be quiet before it is another episode, as the docs have it. */
const EPISODES: Readonly<Record<Alert['type'], number>> = {
	'repeated-failures': 5 * MINUTE,
	'repeated-attempts': 10 * MINUTE,
	'redirect-loop': 10 * MINUTE,
	'unsolicited-callback': 10 * MINUTE,
	'many-users': 60 * MINUTE,
	'ended-early': 5 * MINUTE,
	'refresh-token-reuse': 60 * MINUTE,
	'clock-off': 24 * 60 * MINUTE,
}

/** Whether an alert was raised again before its episode can have been over. */
const isRaisedTwice = (alerts: readonly Alert[]): boolean =>
	alerts.some(({ type, at }, newer) => alerts.slice(newer + 1).some(older => older.type === type && at - older.at < EPISODES[type]))

export function watchAlerts(facts: Facts) {
	const { world, violate } = facts
	const told = new Set<string>()
	/** Refresh tokens that were refused for they had been used, and which of them each page has sent last. */
	const reused = new Set<string>()
	const sent = new Map<Page, string>()

	world.provider.watch(({ grantType, token, outcome }) => {
		if (grantType === 'refresh' && outcome === 'reuse') reused.add(token)
	})
	world.network.watch(({ page, url, form }) => {
		const token = form.get('refresh_token')
		if (url.pathname === '/token' && token) sent.set(page, token)
		return () => {}
	})

	/** Nobody else has the tokens: whoever finds one used has lost a response itself. */
	function isFalseAlarm(page: Page, entry: Entry): boolean {
		return entry.kind === 'renewal-rejected' && entry.unexplained && reused.has(sent.get(page) ?? '')
	}

	world.store.watchLedger(({ page, before, after }) => {
		const former = before as Ledger | undefined
		const { revision, highTime, entries, alerts, outbox } = after as Ledger
		if (revision !== (former?.revision ?? 0) + 1) violate('I3', `revision ${former?.revision} of the ledger is followed by ${revision}`)
		if (highTime < (former?.highTime ?? 0)) violate('I4', 'time in the ledger ran backwards')
		if (alerts.length > 50 || outbox.waiting.length > 50 || entries.length > 11 * 30) violate('I10', 'the ledger grows')
		if (SECRET.test(JSON.stringify({ entries, alerts, outbox }))) violate('I9', 'the ledger tells what it must not')
		if (isRaisedTwice(alerts)) violate('I8', 'an alert was raised twice in one episode')
		const known = new Set(former?.entries.map(({ id }) => id))
		if (entries.some(entry => !known.has(entry.id) && isFalseAlarm(page, entry)))
			violate('I6', 'a lost response of our own was taken for a thief')
	})

	return {
		opened(tab: TestTab) {
			tab.on('alert', ({ id }: Alert) => {
				if (told.has(id)) violate('I8', 'an alert was told twice')
				told.add(id)
			})
		},
		/** After the faults. */
		async settle() {
			const waiting = () => (world.store.ledger() as Ledger | undefined)?.outbox.waiting ?? []
			for (let left = REPORTED_MS; left > 0 && waiting().length > 0; left -= 1000) await world.time.advance(1000)
			if (waiting().length > 0) violate('I6', `${waiting().length} alerts are not reported`)
			if (SECRET.test(JSON.stringify(world.reports.map(({ alerts }) => alerts)))) violate('I9', 'a report tells what it must not')
		},
	}
}
