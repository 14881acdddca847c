// Everything that is due, counting down.
import { useDeadlines } from '@tabsession/react'
import { useState } from 'react'
import { countdown } from '../../../ui/words.ts'

/** How much time there was when this deadline was first seen. */
function useSpan(deadline: number, now: number): number {
	const [seen, setSeen] = useState({ deadline, span: deadline - now })
	if (seen.deadline === deadline) return seen.span
	const fresh = { deadline, span: Math.max(deadline - now, 1) }
	setSeen(fresh)
	return fresh.span
}

interface DeadlineProps {
	readonly name: string
	readonly meaning: string
	readonly deadline: number
	readonly now: number
	readonly next: boolean
}

function Deadline({ name, meaning, deadline, now, next }: DeadlineProps) {
	const span = useSpan(deadline, now)
	return (
		<li className="deadline">
			<div className="deadline-head">
				<h3>
					{name} {next && <span className="tag">next end</span>}
				</h3>
				<span className="figure" role="timer" aria-label={`${name}: time left`}>
					{countdown(deadline, now)}
				</span>
			</div>
			<progress max={span} value={Math.max(0, deadline - now)} aria-label={name} />
			<p>{meaning}</p>
		</li>
	)
}

const RENEWED = 'Renewed by one tab for all, while somebody is active.'
const AT_REST = 'Nobody is active, so nothing is renewed. The next call renews it.'

export function Deadlines() {
	const { now, accessToken, refreshToken, idle, lifetime, next, holds } = useDeadlines()
	const due = [
		{ key: 'accessToken', name: 'Access token', deadline: accessToken, meaning: accessToken && accessToken > now ? RENEWED : AT_REST },
		{ key: 'refreshToken', name: 'Refresh token', deadline: refreshToken, meaning: 'Each renewal brings another one.' },
		{
			key: 'idle',
			name: 'Idle',
			deadline: idle,
			meaning: holds ? `Nobody is idle as long as this goes on: ${holds.join(', ')}.` : 'Starts over with activity in any tab.',
		},
		{ key: 'lifetime', name: 'Lifetime', deadline: lifetime, meaning: 'The session ends then, whatever happens.' },
	]
	return (
		<section className="panel" aria-labelledby="deadlines">
			<h2 id="deadlines">Deadlines</h2>
			<ul className="deadlines">
				{due.map(
					({ key, name, deadline, meaning }) =>
						deadline !== undefined && (
							<Deadline key={key} name={name} meaning={meaning} deadline={deadline} now={now} next={next === key} />
						),
				)}
			</ul>
		</section>
	)
}
