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
	const { now, accessToken, idle, lifetime, next } = useDeadlines()
	return (
		<section className="panel" aria-labelledby="deadlines">
			<h2 id="deadlines">Deadlines</h2>
			<ul className="deadlines">
				{accessToken !== undefined && (
					<Deadline name="Access token" meaning={accessToken > now ? RENEWED : AT_REST} deadline={accessToken} now={now} next={false} />
				)}
				{idle !== undefined && (
					<Deadline name="Idle" meaning="Starts over with activity in any tab." deadline={idle} now={now} next={next === 'idle'} />
				)}
				{lifetime !== undefined && (
					<Deadline
						name="Lifetime"
						meaning="The session ends then, whatever happens."
						deadline={lifetime}
						now={now}
						next={next === 'lifetime'}
					/>
				)}
			</ul>
		</section>
	)
}
