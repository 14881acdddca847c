// What the eager stories ask of the lazy chunk.

import type { RecordStore } from '../platform/ports.ts'
import type { LivingRecord } from '../policy/record.ts'
import type { SignInOptions } from '../session-manager.ts'
import type { SignInResponse } from './response.ts'
import type { Held } from './tokens.ts'

export interface Remote {
	/**
	 * Renews the tokens that `record` has; returns when they are renewed, by whichever tab, or their session is over.
	 * @param disregarded a `retryAt` that does not hold back this time, since the network is back or the user asks
	 * @throws SessionError `renewal_failed`, `storage_unavailable`
	 */
	renew(record: LivingRecord, disregarded?: number): Promise<void>
	/** @throws SessionError what stands in the way */
	signIn(options: SignInOptions): Promise<void>
	/** Exchanges the response, once over all tabs. @param again whether the user asked for another try */
	answer(response: SignInResponse, again: boolean): Promise<void>
	/** @throws SessionError `sign_out_incomplete` if the provider is out of reach */
	signOutAtProvider(former: LivingRecord): Promise<void>
	/** Revokes what an ended session leaves behind; never rejects. */
	revoke(former: LivingRecord): Promise<void>
	/** A token worth another try after an API refused `held` with 401, if there is one; never rejects. */
	afterRejection(held: Held): Promise<Held | undefined>
	/** `storage: 'tabs'`: finds the key in this tab or in another. */
	findKey(id: string): Promise<CryptoKey | undefined>
	/** Takes a message of the key's hand-over. */
	receive(message: object): void
	/** `storage: 'tabs'`: forgets the key of a session that is over. */
	forgetKey(id: string): void
	readonly memoryStore: Omit<RecordStore, 'inMemory'>
}
