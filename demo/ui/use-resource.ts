// What an API answers to a GET, from another origin. `session.fetch` adds the access token and renews it where needed.
import { useSessionManager } from '@tabsession/react'
import { useCallback, useEffect, useState } from 'react'

export type Loaded<T> =
	| { readonly status: 'loading' }
	| { readonly status: 'failed'; readonly message: string }
	| { readonly status: 'loaded'; readonly value: T }

export const messageOf = (error: unknown) => (error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error))

/** @throws Error where the answer is no success */
export function expectOk(response: Response): Response {
	if (!response.ok) throw new Error(`The API answered ${response.status}.`)
	return response
}

export function useResource<T>(url: string) {
	const { fetch } = useSessionManager()
	const [state, setState] = useState<Loaded<T>>({ status: 'loading' })

	const load = useCallback(
		async (signal?: AbortSignal) => {
			try {
				const response = expectOk(await fetch(url, signal ? { signal } : {}))
				setState({ status: 'loaded', value: await response.json() })
			} catch (error) {
				if (!signal?.aborted) setState({ status: 'failed', message: messageOf(error) })
			}
		},
		[fetch, url],
	)

	useEffect(() => {
		const leaving = new AbortController()
		void load(leaving.signal)
		return () => leaving.abort()
	}, [load])

	/** Says that something went wrong in place of what was loaded. */
	const fail = (error: unknown) => setState({ status: 'failed', message: messageOf(error) })

	const retry = () => {
		setState({ status: 'loading' })
		void load()
	}

	return { state, load, fail, retry }
}
