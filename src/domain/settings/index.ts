export {
  DEFAULT_SETTINGS,
  type DunningSchedule,
  type Settings,
  type SettingsParams,
  type SettingsSlices,
  settingsCodec,
  settingsFamily,
  settingsParams,
  withSettings,
} from './settings.js'
