import { beforeEach, expect, test, vi } from 'vitest'
import { type Command, CommandRegistry, SEQUENCE_MS } from './shortcuts'

let registry: CommandRegistry

beforeEach(() => {
  registry = new CommandRegistry()
  document.body.innerHTML = ''
})

function offer(keys: string, more: Partial<Command> = {}) {
  const run = vi.fn()
  const withdraw = registry.register({ id: keys, label: keys, group: 'g', keys, run, ...more })
  return { run, withdraw }
}

function press(key: string, init: KeyboardEventInit = {}, target: Element = document.body) {
  const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...init })
  Object.defineProperty(event, 'target', { value: target })
  return event
}

test('a single key runs its command', () => {
  const { run } = offer('e')
  expect(registry.handle(press('e'))).toBe(true)
  expect(run).toHaveBeenCalledOnce()
})

test('keys typed into a field are text, not commands', () => {
  const { run } = offer('e')
  const field = document.body.appendChild(document.createElement('textarea'))
  expect(registry.handle(press('e', {}, field))).toBe(false)
  expect(run).not.toHaveBeenCalled()
})

test('a command with a modifier may work in fields too', () => {
  const { run } = offer('mod+k', { inFields: true })
  const field = document.body.appendChild(document.createElement('input'))
  registry.handle(press('k', { ctrlKey: true }, field))
  expect(run).toHaveBeenCalledOnce()
})

test('an open dialog keeps the page behind it quiet', () => {
  const { run } = offer('e')
  document.body.innerHTML = '<div role="dialog"><button>x</button></div>'
  const button = document.querySelector('button') as Element
  expect(registry.handle(press('e', {}, button))).toBe(false)
  expect(run).not.toHaveBeenCalled()
})

test('g then o runs the sequence and not the command on o', () => {
  const sequence = offer('g o')
  const single = offer('o')
  registry.handle(press('g'), 0)
  registry.handle(press('o'), 200)
  expect(sequence.run).toHaveBeenCalledOnce()
  expect(single.run).not.toHaveBeenCalled()
})

test('a sequence that is finished too late does not count', () => {
  const { run } = offer('g o')
  registry.handle(press('g'), 0)
  registry.handle(press('o'), SEQUENCE_MS + 1)
  expect(run).not.toHaveBeenCalled()
})

test('of two commands on one key the newer one runs until it is withdrawn', () => {
  const list = offer('e', { id: 'list' })
  const ticket = offer('e', { id: 'ticket' })
  registry.handle(press('e'))
  ticket.withdraw()
  registry.handle(press('e'))
  expect(ticket.run).toHaveBeenCalledOnce()
  expect(list.run).toHaveBeenCalledOnce()
})

test('single keys can be switched off and those with a modifier stay', () => {
  const single = offer('e')
  const bar = offer('mod+k')
  registry.singleKeys = false
  registry.handle(press('e'))
  registry.handle(press('k', { metaKey: true }))
  expect(single.run).not.toHaveBeenCalled()
  expect(bar.run).toHaveBeenCalledOnce()
})

test('the question mark is found whatever the keyboard needs to write it', () => {
  const { run } = offer('?')
  registry.handle(press('?', { shiftKey: true }))
  expect(run).toHaveBeenCalledOnce()
})
