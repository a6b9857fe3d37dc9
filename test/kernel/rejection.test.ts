import { describe, expect, it } from 'vitest'
import {
  invalidRequest,
  invalidRequestV2,
  parameterMissing,
  parameterUnknown,
  resourceMissing,
  resourceMissingIn,
  within,
} from '../../src/domain/kernel/rejection.js'

const type = 'invalid_request_error'

describe('rejections', () => {
  it('are a 400 with what is said and nothing else', () => {
    expect(invalidRequest('No.')).toStrictEqual({ status: 400, type, message: 'No.' })
    expect(invalidRequest('No.', { status: 429, code: 'c', param: 'p' })).toStrictEqual({
      status: 429,
      type,
      code: 'c',
      param: 'p',
      message: 'No.',
    })
  })

  it('of the v2 API say so', () => {
    expect(invalidRequestV2('c', 'No.')).toStrictEqual({
      status: 400,
      type,
      code: 'c',
      message: 'No.',
      api: 'v2',
    })
    expect(invalidRequestV2('c', 'No.', 404).status).toBe(404)
  })

  it('tell a missing object in the path from one in a parameter', () => {
    const message = "No such test clock: 'clock_1'"
    expect(resourceMissing('test clock', 'clock_1')).toStrictEqual({
      status: 404,
      type,
      code: 'resource_missing',
      param: 'id',
      message,
    })
    expect(resourceMissingIn('test_clock', 'test clock', 'clock_1')).toStrictEqual({
      status: 400,
      type,
      code: 'resource_missing',
      param: 'test_clock',
      message,
    })
  })

  it('name a missing and an unknown parameter', () => {
    expect(parameterMissing('a[b]')).toStrictEqual({
      status: 400,
      type,
      code: 'parameter_missing',
      param: 'a[b]',
      message: 'Missing required param: a[b].',
    })
    expect(parameterUnknown('a[b]')).toStrictEqual({
      status: 400,
      type,
      code: 'parameter_unknown',
      param: 'a[b]',
      message: 'Received unknown parameter: a[b]',
    })
  })
})

describe('within', () => {
  it.each([
    [undefined, 'events[3]'],
    ['timestamp', 'events[3][timestamp]'],
    ['payload[value]', 'events[3][payload][value]'],
    ['items[0][price]', 'events[3][items][0][price]'],
  ])('tells of %s as %s', (param, told) => {
    const rejection = invalidRequest('No.', {
      code: 'c',
      ...(param === undefined ? {} : { param }),
    })
    expect(within('events[3]', rejection)).toStrictEqual({ ...rejection, param: told })
  })
})
