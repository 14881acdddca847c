// Everything the provider remembers, in memory. Adds to oidc-provider's own store a grace period for used refresh tokens.
import type { Adapter, AdapterPayload } from 'oidc-provider'

interface Entry {
	readonly payload: AdapterPayload
	readonly expiresAt: number
}

/** @param rotationGraceSeconds how long a used refresh token may be used again; 0 means never */
export function createStore(rotationGraceSeconds: number): (model: string) => Adapter {
	const entries = new Map<string, Entry>()

	const read = (key: string) => {
		const entry = entries.get(key)
		if (entry && entry.expiresAt <= Date.now()) entries.delete(key)
		return entries.get(key)?.payload
	}

	const inGrace = (payload: AdapterPayload) =>
		typeof payload.consumed === 'number' && Date.now() / 1000 - payload.consumed < rotationGraceSeconds

	const withoutConsumed = ({ consumed, ...payload }: AdapterPayload) => payload

	return model => {
		const find = async (id: string) => {
			const payload = read(`${model}:${id}`)
			return payload && model === 'RefreshToken' && inGrace(payload) ? withoutConsumed(payload) : payload
		}
		const findWhere = async (matches: (payload: AdapterPayload) => boolean) =>
			[...entries.keys()]
				.filter(key => key.startsWith(`${model}:`))
				.map(read)
				.find(payload => payload && matches(payload))

		return {
			find,
			findByUid: uid => findWhere(payload => payload.uid === uid),
			findByUserCode: userCode => findWhere(payload => payload.userCode === userCode),
			async upsert(id, payload, expiresIn) {
				entries.set(`${model}:${id}`, { payload, expiresAt: expiresIn ? Date.now() + expiresIn * 1000 : Number.POSITIVE_INFINITY })
			},
			async consume(id) {
				const payload = read(`${model}:${id}`)
				if (payload) payload.consumed ??= Date.now() / 1000
			},
			async destroy(id) {
				entries.delete(`${model}:${id}`)
			},
			async revokeByGrantId(grantId) {
				for (const [key, { payload }] of entries) {
					if (payload.grantId === grantId && key.startsWith(`${model}:`)) entries.delete(key)
				}
			},
		}
	}
}
