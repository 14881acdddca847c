// What has happened to the session since this page was opened.
import type { SessionEvents, SessionEventType } from '@tabsession/core'
import { useSessionEvent } from '@tabsession/react'
import { createContext, type ReactNode, useContext, useState } from 'react'
import { eventInWords } from '../../ui/words.ts'

const KEEP = 40

export interface LogEntry {
	readonly id: number
	readonly at: Date
	readonly type: SessionEventType
	readonly text: string
}

interface Log {
	/** The newest first. */
	readonly entries: readonly LogEntry[]
	readonly renewals: number
}

const empty: Log = { entries: [], renewals: 0 }
const LogContext = createContext(empty)

export const useEventLog = () => useContext(LogContext)

export function EventLogProvider({ children }: { children: ReactNode }) {
	const [log, setLog] = useState(empty)

	const note =
		<T extends SessionEventType>(type: T) =>
		(event: SessionEvents[T]) => {
			const text = eventInWords[type](event)
			setLog(({ entries, renewals }) => ({
				entries: [{ id: (entries[0]?.id ?? 0) + 1, at: new Date(), type, text }, ...entries].slice(0, KEEP),
				renewals: renewals + (type === 'renewed' ? 1 : 0),
			}))
		}

	useSessionEvent('authenticated', note('authenticated'))
	useSessionEvent('renewed', note('renewed'))
	useSessionEvent('renewalFailed', note('renewalFailed'))
	useSessionEvent('warned', note('warned'))
	useSessionEvent('ended', note('ended'))
	useSessionEvent('alert', note('alert'))
	useSessionEvent('userChanged', note('userChanged'))
	useSessionEvent('stepUpRequired', note('stepUpRequired'))
	useSessionEvent('memoryMode', note('memoryMode'))
	useSessionEvent('updateRequired', note('updateRequired'))

	return <LogContext value={log}>{children}</LogContext>
}
