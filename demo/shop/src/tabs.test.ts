import { afterEach, expect, it, vi } from 'vitest'
import { createTabs, type Tabs } from './tabs.ts'

const open: Tabs[] = []
const tab = (isVisible = () => true) => {
	const tabs = createTabs(isVisible)
	open.push(tabs)
	return tabs
}
afterEach(() => {
	for (const tabs of open.splice(0)) tabs.leave()
})

it('know of each other, and of one that leaves', async () => {
	const a = tab()
	const b = tab()
	await vi.waitFor(() => {
		expect(a.getAll()).toHaveLength(2)
		expect(b.getAll()).toHaveLength(2)
	})
	b.leave()
	await vi.waitFor(() => expect(a.getAll()).toHaveLength(1))
	b.join()
	await vi.waitFor(() => expect(a.getAll()).toHaveLength(2))
})

it('know who renewed last', async () => {
	const a = tab()
	const b = tab()
	b.hasRenewed()
	await vi.waitFor(() => expect(a.getAll()[1]?.renewedAt).toBe(b.getAll()[0]?.renewedAt))
})

it('have names of their own', async () => {
	const all = Array.from({ length: 10 }, () => tab())
	await vi.waitFor(() => {
		for (const tabs of all) expect(new Set(tabs.getAll().map(one => one.name)).size).toBe(10)
	})
})

it('list this tab first, and give the same list until something changes', () => {
	const a = tab()
	expect(a.getAll()).toBe(a.getAll())
	const self = a.getAll()[0]
	expect(self?.visible).toBe(true)
	expect(self?.name).toMatch(/^[A-Z]/)
})
