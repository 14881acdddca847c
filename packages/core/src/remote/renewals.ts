// One tab's renewals: one at a time, however many ask and whatever for. Which tab sends is for `renew.ts`.
import { SessionError } from '../errors.ts'
import type { Tab } from '../local/tab.ts'
import { type Indicator, MAIN } from '../options.ts'
import { issueOf } from '../policy/freshness.ts'
import { isLiving, type LivingRecord } from '../policy/record.ts'
import type { Wanted } from './renew.ts'

/** Turns that may go to other APIs before a token is given up. */
const MOST_TURNS = 20

/** ms for which this tab does not ask again for what the provider has refused. */
const REFUSED_MS = 60_000

interface UnderWay {
	readonly record: LivingRecord
	readonly name: string
	readonly done: Promise<void>
}

interface Refusal {
	readonly error: SessionError
	/** On the monotonic clock. */
	readonly until: number
}

/**
 * @param renew asks once, in whichever tab
 * @param over told when a renewal of this tab is over
 * @returns renews the token that the indicator means; returns when there is a new one, by whichever tab, or its session is over
 */
export function createRenewals(tab: Tab, renew: (record: LivingRecord, wanted: Wanted) => Promise<void>, over: () => void) {
	/** By session and name. */
	const refusals = new Map<string, Refusal>()
	let underWay: UnderWay | undefined

	const isUnderWay = ({ id, living }: LivingRecord) => underWay?.record.id === id && underWay.record.living.generation === living.generation

	function once(record: LivingRecord, wanted: Wanted): Promise<void> {
		const { name } = wanted.indicator
		if (underWay?.name === name && isUnderWay(record)) return underWay.done
		const done = renew(record, wanted).finally(() => {
			if (underWay?.done === done) underWay = undefined
			over()
		})
		underWay = { record, name, done }
		return done
	}

	/** What need not be asked, for it would be refused. */
	function admit({ id, living }: LivingRecord, { name, resource }: Indicator) {
		if (!living.renewable) throw new SessionError('sign_in_required', { detail: 'no refresh token' })
		// Some providers have rotated the refresh token when they find that, and do not tell the new one: the session would be lost.
		if (resource && !living.resources.includes(resource)) throw new SessionError('sign_in_required', { detail: resource })
		const refusal = refusals.get(`${id} ${name}`)
		if (refusal && tab.platform.clock.mono() < refusal.until) throw refusal.error
	}

	function note({ id }: LivingRecord, { name }: Indicator, error: unknown) {
		if (name && error instanceof SessionError && error.code === 'provider_error')
			refusals.set(`${id} ${name}`, { error, until: tab.platform.clock.mono() + REFUSED_MS })
	}

	return async (record: LivingRecord, disregarded?: number, indicator: Indicator = MAIN): Promise<void> => {
		const { name } = indicator
		const before = issueOf(record.living, name)?.generation
		let current = record
		for (let turns = 0; turns < MOST_TURNS; turns++) {
			if (name) admit(current, indicator)
			const other = underWay && underWay.name !== name && isUnderWay(current) ? underWay : undefined
			try {
				await (other ?? { done: once(current, { indicator, disregarded }) }).done
			} catch (error) {
				// Another's trouble is its own.
				if (!other) {
					note(record, indicator, error)
					throw error
				}
			}
			const { record: now } = tab.view
			if (!isLiving(now) || now.id !== record.id || issueOf(now.living, name)?.generation !== before) return
			// Nothing came of it, and it was no other's turn.
			if (!other && now.living.generation === current.living.generation) return
			current = now
		}
	}
}
