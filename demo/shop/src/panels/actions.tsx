// What there is to try. Each does one thing with the public API.
import { useSessionManager } from '@tabsession/react'
import { useState } from 'react'
import { choose, chosen } from '../chosen-timeouts.ts'
import { ORDERS_URL } from '../use-orders.ts'
import { Try } from './try.tsx'
import { UploadButton } from './upload.tsx'

export function Actions() {
	const { fetch, renew, signIn, signOut } = useSessionManager()
	const [result, setResult] = useState('')

	const report = (promise: Promise<string>) => {
		setResult('…')
		promise.then(setResult, error => setResult(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)))
	}

	async function callApi() {
		const before = performance.now()
		const response = await fetch(ORDERS_URL)
		return `The API answered ${response.status} after ${Math.round(performance.now() - before)} ms.`
	}

	async function renewNow() {
		await renew()
		return 'Renewed. Every tab has the fresh tokens.'
	}

	return (
		<section className="panel" aria-labelledby="try">
			<h2 id="try">Try it</h2>
			<ul className="actions">
				<Try explained="It is signed in at once, and renews nothing of its own.">
					<a className="button" href="/" target="_blank" rel="noopener">
						Open another tab
					</a>
				</Try>
				<Try explained="With the access token; a 401 is renewed and replayed.">
					<button type="button" onClick={() => report(callApi())}>
						Call the API
					</button>
				</Try>
				<Try explained="One refresh request, whichever tabs ask at the same time.">
					<button type="button" onClick={() => report(renewNow())}>
						Renew now
					</button>
				</Try>
				<Try explained="Reloads this tab with an idle timeout of 20 s. Then hold still.">
					<button type="button" onClick={() => choose({ ...chosen, idle: '20s' })}>
						Make me idle
					</button>
				</Try>
				<Try explained="Of 60 s: nobody is idle as long as it goes on, in any tab.">
					<UploadButton />
				</Try>
				<Try explained="Sign in as somebody else; the other tabs ask before they follow.">
					<button type="button" onClick={() => void signIn({ prompt: 'login' }).catch(() => {})}>
						Switch user
					</button>
				</Try>
				<Try explained="All tabs of this browser; the provider still knows you.">
					<button type="button" onClick={() => void signOut({ at: 'device' })}>
						Sign out here
					</button>
				</Try>
				<Try explained="All tabs, and the provider’s own session too.">
					<button type="button" onClick={() => void signOut({ at: 'provider' })}>
						Sign out everywhere
					</button>
				</Try>
			</ul>
			<output className="result" data-testid="result">
				{result}
			</output>
		</section>
	)
}
