// Sets the timeouts of the session, to seconds for those who want to see them at work.
import type { FormEvent } from 'react'
import { choose, chosen } from '../chosen-timeouts.ts'
import { asServed, CHOICES, isAsServed, parseTimeouts, SETTINGS, type Setting } from '../timeouts.ts'

const LABELS: { readonly [S in Setting]: string } = {
	preset: 'Preset',
	idle: 'Idle timeout',
	warning: 'Warning ahead',
	lifetime: 'Lifetime',
	continueOn: 'Continue on',
}

const WORDS: Readonly<Record<string, string>> = {
	'': 'as served',
	nistAal2: 'NIST AAL2: 30 min, 12 h',
	owaspHighValue: 'OWASP high value: 5 min, 4 h',
	'5s': '5 seconds',
	'10s': '10 seconds',
	'15s': '15 seconds',
	'20s': '20 seconds',
	'60s': '60 seconds',
	'5m': '5 minutes',
	'12h': '12 hours',
	activity: 'any activity',
	confirm: 'a confirmation only',
}

function Choice({ setting }: { setting: Setting }) {
	return (
		<label className="field">
			<span>{LABELS[setting]}</span>
			<select name={setting} defaultValue={chosen[setting]}>
				{CHOICES[setting].map(choice => (
					<option key={choice} value={choice}>
						{WORDS[choice]}
					</option>
				))}
			</select>
		</label>
	)
}

export function TimeoutsPanel() {
	const apply = (event: FormEvent<HTMLFormElement>) => {
		event.preventDefault()
		choose(parseTimeouts(Object.fromEntries(new FormData(event.currentTarget))))
	}
	return (
		<section className="panel" aria-labelledby="timeouts">
			<h2 id="timeouts">Timeouts</h2>
			<p className="quiet">For every tab of this browser. This one is reloaded; the others say that they should be.</p>
			<form className="fields" onSubmit={apply}>
				{SETTINGS.map(setting => (
					<Choice key={setting} setting={setting} />
				))}
				<div className="choices">
					<button type="submit">Apply</button>
					{!isAsServed(chosen) && (
						<button type="button" className="plain" onClick={() => choose(asServed)}>
							Back to normal
						</button>
					)}
				</div>
			</form>
		</section>
	)
}
