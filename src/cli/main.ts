#!/usr/bin/env node
import { createRequire } from 'node:module'
import { Command } from 'commander'
import { importCommand } from './import.js'
import { runCommand } from './run.js'

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string }

const program = new Command('clepsydra')
  .description('Stripe Billing in simulated time.')
  .version(version)
  .addCommand(runCommand())
  .addCommand(importCommand())

await program.parseAsync()
