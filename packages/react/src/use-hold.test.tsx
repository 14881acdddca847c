import { createTestSession } from '@tabsession/core/testing'
import { render } from '@testing-library/react'
import { StrictMode } from 'react'
import { expect, test } from 'vitest'
import { SessionProvider, useHold } from './index.ts'

function Upload({ isRunning, atMost }: { readonly isRunning: boolean; readonly atMost?: '2h' }) {
	useHold('upload', isRunning, atMost ? { atMost } : undefined)
	return null
}

async function uploading(isStrict = false) {
	const session = createTestSession({ user: { sub: 'u1' }, idle: { timeout: '10m' } })
	await session.start()
	const page = (isRunning: boolean, atMost?: '2h') => {
		const upload = <Upload isRunning={isRunning} {...(atMost && { atMost })} />
		return <SessionProvider manager={session}>{isStrict ? <StrictMode>{upload}</StrictMode> : upload}</SessionProvider>
	}
	const { rerender, unmount } = render(page(true))
	return { session, unmount, show: (isRunning: boolean, atMost?: '2h') => rerender(page(isRunning, atMost)) }
}

const holds = ({ getDeadlines }: ReturnType<typeof createTestSession>) => getDeadlines().holds

test.each([false, true])('holds the session while it runs, and then no more (StrictMode: %s)', async isStrict => {
	const { session, show } = await uploading(isStrict)
	expect(holds(session)).toEqual(['upload'])
	await session.test.idle('30m')
	expect(session.getSnapshot()).toMatchObject({ status: 'authenticated', warning: undefined })
	show(false)
	expect(holds(session)).toBeUndefined()
	await session.test.idle('11m')
	expect(session.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'idle' })
})

test('holds it no longer than its component is there', async () => {
	const { session, unmount } = await uploading()
	unmount()
	expect(holds(session)).toBeUndefined()
})

test('lasts an hour, or as long as it may', async () => {
	const { session, show } = await uploading()
	show(true, '2h')
	expect(holds(session)).toEqual(['upload'])
	await session.test.idle('90m')
	expect(session.getSnapshot()).toMatchObject({ status: 'authenticated' })
	await session.test.idle('45m')
	expect(session.getSnapshot()).toMatchObject({ status: 'unauthenticated', reason: 'idle' })
})
