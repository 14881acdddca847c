// Token responses that wait in memory for the storage to take them.
import type { Context } from './context.ts'

/** Drops those of sessions that are over; after an end they are revoked, as any response that comes too late (I2). */
export function dropKept({ tab, renewals, protocol }: Pick<Context, 'tab' | 'renewals' | 'protocol'>): void {
	const { record, isRead } = tab.view
	if (!isRead) return
	for (const [name, { response }] of renewals) {
		const id = name.slice(0, name.lastIndexOf(':'))
		if (record?.id === id && record.living) continue
		renewals.delete(name)
		const fresh = response['refresh_token']
		if (record?.id === id && record.end && typeof fresh === 'string') protocol.revoke(fresh).catch(() => {})
	}
}
