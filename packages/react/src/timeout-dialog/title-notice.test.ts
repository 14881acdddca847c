import { beforeEach, expect, test } from 'vitest'
import { createTitleNotice } from './title-notice.ts'

beforeEach(() => {
	document.title = 'Shop'
})

test('is in the title until it is stopped', () => {
	const notice = createTitleNotice()
	notice.say('2 seconds left')
	notice.say('1 second left')
	expect(document.title).toBe('1 second left')
	notice.stop()
	expect(document.title).toBe('Shop')
	notice.stop()
	expect(document.title).toBe('Shop')
})

test('a title that the application sets meanwhile is the one that is put back', () => {
	const notice = createTitleNotice()
	notice.say('2 seconds left')
	document.title = 'Orders'
	notice.say('1 second left')
	expect(document.title).toBe('1 second left')
	notice.stop()
	expect(document.title).toBe('Orders')
})

test('a title that the application has set since the last word stays', () => {
	const notice = createTitleNotice()
	notice.say('1 second left')
	document.title = 'Orders'
	notice.stop()
	expect(document.title).toBe('Orders')
	document.title = 'Invoices'
	notice.say('again')
	notice.stop()
	expect(document.title).toBe('Invoices')
})

test('white space, which a title loses, makes no notice a title of the application', () => {
	const notice = createTitleNotice()
	notice.say(' 2  seconds left ')
	notice.stop()
	expect(document.title).toBe('Shop')
})

test('of two the first has its say, and the title is back after both', () => {
	const [first, second] = [createTitleNotice(), createTitleNotice()]
	first.say('first')
	second.say('second')
	expect(document.title).toBe('first')
	first.stop()
	second.say('second')
	expect(document.title).toBe('second')
	second.stop()
	expect(document.title).toBe('Shop')
})
