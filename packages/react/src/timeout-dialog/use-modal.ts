// A native modal dialog for as long as its component is mounted: the browser keeps the focus in it, and brings it back to where it was.
import { type RefObject, useLayoutEffect, useRef } from 'react'

/** @param first selects what has the focus once it is open */
function open(dialog: HTMLDialogElement, first: string) {
	if (dialog.open) return
	// Where a page is only imitated, as in a test, none is modal.
	if (dialog.showModal) dialog.showModal()
	else dialog.setAttribute('open', '')
	dialog.querySelector<HTMLElement>(first)?.focus()
}

export interface Modal {
	readonly ref: RefObject<HTMLDialogElement | null>
	/** A browser closes it at the second Escape in a row, whatever the page says. */
	reopen(): void
}

/** @param first selects what has the focus when it opens */
export function useModal(first: string): Modal {
	const ref = useRef<HTMLDialogElement>(null)
	// biome-ignore lint/correctness/useExhaustiveDependencies: the focus is moved once.
	useLayoutEffect(() => {
		const dialog = ref.current
		if (dialog) open(dialog, first)
		return () => dialog?.close?.()
	}, [])
	return { ref, reopen: () => ref.current && open(ref.current, first) }
}
