// biome-ignore-all format: a table, one row per entry
/**
 * What a device needs to run: clocks, supplies, resets, GPIO lines, pins, PHYs, PWM, and its power management at run time, 6.1: what drivers.ts does
 * not have. The linter and the editor know them; they do not run.
 */
import type { ApiEntry } from '../form/entry';
import { byGfp, type Detail, declares, deprecated, freed, gives, givesHandle, initialisesWithComma, inNmi, keeps, known, macro, mustCheck, since, sleeping, waitsForValue, writes } from '../form/make';

const CLK = 'drivers/clk/clk.c';
const CLKDEV = 'drivers/clk/clkdev.c';
const CLKDEVM = 'drivers/clk/clk-devres.c';
const REGULATOR = 'drivers/regulator/core.c';
const REGULATORDEVM = 'drivers/regulator/devres.c';
const RESET = 'drivers/reset/core.c';
const RESETH = 'include/linux/reset.h';
const GPIO = 'drivers/gpio/gpiolib.c';
const GPIODEVM = 'drivers/gpio/gpiolib-devres.c';
const PINCTRL = 'drivers/pinctrl/core.c';
const PHY = 'drivers/phy/phy-core.c';
const PWM = 'drivers/pwm/core.c';
const PWMH = 'include/linux/pwm.h';
const RPM = 'drivers/base/power/runtime.c';
const RPMH = 'include/linux/pm_runtime.h';
const WAKE = 'include/linux/pm_wakeup.h';
const DEVRES = 'drivers/base/devres.c';
const error = { result: 'error code' } as const;
const errPtr = { result: 'may be ERR_PTR' } as const;
const clkHeader = { header: 'linux/clk.h' };
const supplyHeader = { header: 'linux/regulator/consumer.h' };
const resetHeader = { header: 'linux/reset.h' };
const gpioHeader = { header: 'linux/gpio/consumer.h' };
const pwmHeader = { header: 'linux/pwm.h' };
const rpmHeader = { header: 'linux/pm_runtime.h' };
const managed: Detail = { ...sleeping, freeNote: 'by itself when the device is detached' };
const slowBus: Detail = { sleeps: 'may', sleepsNote: 'where what drives it is behind a slow bus' };
const unlessIrqSafe: Detail = { sleeps: 'may', sleepsNote: 'unless pm_runtime_irq_safe() was called for the device' };
const GET = 'struct device *dev, const char *id';
const reset = (name: string, what: string, ...more: Detail[]) => known(RESETH, `struct reset_control *${name}(${GET})`, what, resetHeader, ...more);
const gpio = (name: string, args: string, what: string, ...more: Detail[]) => known(name.startsWith('devm') ? GPIODEVM : GPIO, `struct gpio_desc *${name}(struct device *dev, const char *con_id${args}, int flags)`, what, gpioHeader, ...more);

export const supplies = {
  // clocks
  clk_get: known(CLKDEV, `struct clk *clk_get(${GET})`, 'A clock of the device.', sleeping, givesHandle, clkHeader, freed('clk_put')),
  clk_get_optional: known('include/linux/clk.h', `struct clk *clk_get_optional(${GET})`, 'A clock of the device, NULL if it has none.', sleeping, errPtr, clkHeader, since('5.1'), freed('clk_put')),
  clk_put: known(CLKDEV, 'void clk_put(struct clk *clk)', 'Ends clk_get().', sleeping, clkHeader),
  devm_clk_get_enabled: known(CLKDEVM, `struct clk *devm_clk_get_enabled(${GET})`, 'A clock of the device, prepared and running until the device is detached.', managed, givesHandle, clkHeader, since('6.0')),
  devm_clk_get_prepared: known(CLKDEVM, `struct clk *devm_clk_get_prepared(${GET})`, 'A clock of the device, prepared until the device is detached.', managed, givesHandle, clkHeader, since('6.0')),
  devm_clk_get_optional_enabled: known(CLKDEVM, `struct clk *devm_clk_get_optional_enabled(${GET})`, 'devm_clk_get_enabled(), NULL if the device has no such clock.', managed, errPtr, clkHeader, since('6.0')),
  devm_clk_bulk_get: known(CLKDEVM, 'int devm_clk_bulk_get(struct device *dev, int num_clks, struct clk_bulk_data *clks)', 'Several clocks at once, by clks[].id.', managed, error, mustCheck, clkHeader),
  clk_bulk_prepare_enable: known('include/linux/clk.h', 'int clk_bulk_prepare_enable(int num_clks, const struct clk_bulk_data *clks)', 'Prepares and starts several clocks, all or none.', sleeping, error, mustCheck, clkHeader, freed('clk_bulk_disable_unprepare')),
  clk_bulk_disable_unprepare: known('include/linux/clk.h', 'void clk_bulk_disable_unprepare(int num_clks, const struct clk_bulk_data *clks)', 'Ends clk_bulk_prepare_enable().', sleeping, clkHeader),
  clk_round_rate: known(CLK, 'long clk_round_rate(struct clk *clk, unsigned long rate)', 'The rate in Hz that clk_set_rate() would give, or a negative errno.', sleeping, clkHeader),
  clk_get_parent: known(CLK, 'struct clk *clk_get_parent(struct clk *clk)', 'The clock that this one comes from, or NULL.', sleeping, clkHeader),
  clk_set_parent: known(CLK, 'int clk_set_parent(struct clk *clk, struct clk *parent)', 'Chooses the clock that this one comes from.', sleeping, error, clkHeader),

  // supplies
  regulator_get: known(REGULATOR, `struct regulator *regulator_get(${GET})`, 'A supply of the device.', sleeping, givesHandle, supplyHeader, freed('regulator_put')),
  regulator_put: known(REGULATOR, 'void regulator_put(struct regulator *regulator)', 'Ends regulator_get().', sleeping, supplyHeader),
  devm_regulator_get_optional: known(REGULATORDEVM, `struct regulator *devm_regulator_get_optional(${GET})`, 'A supply of the device; an error pointer with -ENODEV if it has none.', managed, givesHandle, supplyHeader),
  devm_regulator_get_exclusive: known(REGULATORDEVM, `struct regulator *devm_regulator_get_exclusive(${GET})`, 'A supply that nobody else may have.', managed, givesHandle, supplyHeader),
  devm_regulator_get_enable: known(REGULATORDEVM, `int devm_regulator_get_enable(${GET})`, 'Switches a supply on until the device is detached.', managed, error, supplyHeader, since('6.1')),
  devm_regulator_get_enable_optional: known(REGULATORDEVM, `int devm_regulator_get_enable_optional(${GET})`, 'devm_regulator_get_enable(), -ENODEV if the device has no such supply.', managed, error, supplyHeader, since('6.1')),
  devm_regulator_bulk_get: known(REGULATORDEVM, 'int devm_regulator_bulk_get(struct device *dev, int num_consumers, struct regulator_bulk_data *consumers)', 'Several supplies at once, by consumers[].supply.', managed, error, mustCheck, supplyHeader),
  devm_regulator_bulk_get_enable: known(REGULATORDEVM, 'int devm_regulator_bulk_get_enable(struct device *dev, int num_consumers, const char * const *id)', 'Switches several supplies on until the device is detached.', managed, error, supplyHeader, since('6.1')),
  regulator_bulk_enable: known(REGULATOR, 'int regulator_bulk_enable(int num_consumers, struct regulator_bulk_data *consumers)', 'Switches several supplies on, all or none.', sleeping, error, mustCheck, supplyHeader, freed('regulator_bulk_disable')),
  regulator_bulk_disable: known(REGULATOR, 'int regulator_bulk_disable(int num_consumers, struct regulator_bulk_data *consumers)', 'Ends regulator_bulk_enable().', sleeping, error, supplyHeader),
  regulator_is_enabled: known(REGULATOR, 'int regulator_is_enabled(struct regulator *regulator)', 'Positive if the supply is on, 0 if not, or a negative errno.', sleeping, supplyHeader),
  regulator_set_voltage: known(REGULATOR, 'int regulator_set_voltage(struct regulator *regulator, int min_uV, int max_uV)', 'Asks for a voltage in this range, in microvolts.', sleeping, error, supplyHeader),
  regulator_get_voltage: known(REGULATOR, 'int regulator_get_voltage(struct regulator *regulator)', 'The voltage in microvolts, or a negative errno.', sleeping, error, supplyHeader),
  regulator_set_load: known(REGULATOR, 'int regulator_set_load(struct regulator *regulator, int load_uA)', 'Says how many microamperes the device takes.', sleeping, error, supplyHeader),

  // resets
  devm_reset_control_get: reset('devm_reset_control_get', 'A reset line of the device, for it alone.', managed, givesHandle, deprecated('devm_reset_control_get_exclusive')),
  devm_reset_control_get_exclusive: reset('devm_reset_control_get_exclusive', 'A reset line of the device, for it alone.', managed, givesHandle, since('4.8')),
  devm_reset_control_get_shared: reset('devm_reset_control_get_shared', 'A reset line of the device that others may have, too.', managed, givesHandle, since('4.8')),
  devm_reset_control_get_optional: reset('devm_reset_control_get_optional', 'devm_reset_control_get(), NULL if the device has none.', managed, errPtr, deprecated('devm_reset_control_get_optional_exclusive')),
  devm_reset_control_get_optional_exclusive: reset('devm_reset_control_get_optional_exclusive', 'devm_reset_control_get_exclusive(), NULL if the device has none.', managed, errPtr, since('4.8')),
  devm_reset_control_get_optional_shared: reset('devm_reset_control_get_optional_shared', 'devm_reset_control_get_shared(), NULL if the device has none.', managed, errPtr, since('4.8')),
  reset_control_get_exclusive: reset('reset_control_get_exclusive', 'A reset line of the device, for it alone.', sleeping, givesHandle, since('4.8'), freed('reset_control_put')),
  reset_control_put: known(RESET, 'void reset_control_put(struct reset_control *rstc)', 'Ends reset_control_get_exclusive().', sleeping, resetHeader),
  reset_control_assert: known(RESET, 'int reset_control_assert(struct reset_control *rstc)', 'Holds the device in reset. NULL is ignored.', slowBus, error, resetHeader),
  reset_control_deassert: known(RESET, 'int reset_control_deassert(struct reset_control *rstc)', 'Lets the device out of reset. NULL is ignored.', slowBus, error, resetHeader, freed('reset_control_assert')),
  reset_control_reset: known(RESET, 'int reset_control_reset(struct reset_control *rstc)', 'Resets the device once. NULL is ignored.', slowBus, error, resetHeader),
  reset_control_status: known(RESET, 'int reset_control_status(struct reset_control *rstc)', 'Positive if the device is in reset, 0 if not, or a negative errno.', slowBus, resetHeader),

  // GPIO lines
  gpiod_get: gpio('gpiod_get', '', 'A GPIO line of the device.', sleeping, givesHandle, freed('gpiod_put')),
  gpiod_get_optional: gpio('gpiod_get_optional', '', 'A GPIO line of the device, NULL if it has none.', sleeping, errPtr, freed('gpiod_put')),
  gpiod_get_index: gpio('gpiod_get_index', ', unsigned int idx', 'The device’s n-th GPIO line of this name.', sleeping, givesHandle, freed('gpiod_put')),
  devm_gpiod_get_index: gpio('devm_gpiod_get_index', ', unsigned int idx', 'The device’s n-th GPIO line of this name.', managed, givesHandle),
  devm_gpiod_get_index_optional: gpio('devm_gpiod_get_index_optional', ', unsigned int index', 'The device’s n-th GPIO line of this name, NULL if it has none.', managed, errPtr),
  devm_gpiod_get_array: known(GPIODEVM, 'struct gpio_descs *devm_gpiod_get_array(struct device *dev, const char *con_id, int flags)', 'All GPIO lines of this name.', managed, givesHandle, gpioHeader),
  gpiod_put: known(GPIO, 'void gpiod_put(struct gpio_desc *desc)', 'Ends gpiod_get().', sleeping, gpioHeader),
  gpiod_count: known(GPIO, 'int gpiod_count(struct device *dev, const char *con_id)', 'How many GPIO lines of this name the device has, or a negative errno.', sleeping, error, gpioHeader),
  gpiod_direction_output: known(GPIO, 'int gpiod_direction_output(struct gpio_desc *desc, int value)', 'Makes a GPIO line an output with this value.', slowBus, error, gpioHeader),
  gpiod_direction_input: known(GPIO, 'int gpiod_direction_input(struct gpio_desc *desc)', 'Makes a GPIO line an input.', slowBus, error, gpioHeader),
  gpiod_get_direction: known(GPIO, 'int gpiod_get_direction(struct gpio_desc *desc)', '1 for an input, 0 for an output, or a negative errno.', slowBus, gpioHeader),
  gpiod_cansleep: known(GPIO, 'int gpiod_cansleep(const struct gpio_desc *desc)', 'Not zero if a GPIO line is behind a slow bus.', gpioHeader),
  gpiod_is_active_low: known(GPIO, 'int gpiod_is_active_low(const struct gpio_desc *desc)', 'Not zero if the line is active when it is low.', gpioHeader),
  gpiod_set_debounce: known(GPIO, 'int gpiod_set_debounce(struct gpio_desc *desc, unsigned int debounce)', 'Has the chip ignore changes that are shorter, in microseconds.', slowBus, error, gpioHeader),
  gpiod_set_consumer_name: known(GPIO, 'int gpiod_set_consumer_name(struct gpio_desc *desc, const char *name)', 'The name of the line’s user in debugfs; it is copied.', sleeping, error, gpioHeader),

  // pins
  devm_pinctrl_get: known(PINCTRL, 'struct pinctrl *devm_pinctrl_get(struct device *dev)', 'The pins of the device.', managed, givesHandle),
  devm_pinctrl_get_select_default: known('include/linux/pinctrl/consumer.h', 'struct pinctrl *devm_pinctrl_get_select_default(struct device *dev)', 'The pins of the device, in their state "default".', managed, givesHandle),
  pinctrl_lookup_state: known(PINCTRL, 'struct pinctrl_state *pinctrl_lookup_state(struct pinctrl *p, const char *name)', 'A state of the pins by its name.', slowBus, givesHandle),
  pinctrl_select_state: known(PINCTRL, 'int pinctrl_select_state(struct pinctrl *p, struct pinctrl_state *s)', 'Puts the pins into a state.', slowBus, error),
  pinctrl_pm_select_default_state: known(PINCTRL, 'int pinctrl_pm_select_default_state(struct device *dev)', 'Puts the device’s pins into the state "default".', slowBus, error),
  pinctrl_pm_select_sleep_state: known(PINCTRL, 'int pinctrl_pm_select_sleep_state(struct device *dev)', 'Puts the device’s pins into the state "sleep".', slowBus, error),

  // PHYs of buses such as USB, PCI and SATA
  devm_phy_get: known(PHY, 'struct phy *devm_phy_get(struct device *dev, const char *string)', 'A PHY of the device.', managed, givesHandle),
  devm_phy_optional_get: known(PHY, 'struct phy *devm_phy_optional_get(struct device *dev, const char *string)', 'A PHY of the device, NULL if it has none.', managed, errPtr),
  phy_init: known(PHY, 'int phy_init(struct phy *phy)', 'Makes a PHY ready; counted. NULL is ignored.', sleeping, error, freed('phy_exit')),
  phy_exit: known(PHY, 'int phy_exit(struct phy *phy)', 'Ends phy_init().', sleeping, error),
  phy_power_on: known(PHY, 'int phy_power_on(struct phy *phy)', 'Switches a PHY on, after phy_init(); counted.', sleeping, error, freed('phy_power_off')),
  phy_power_off: known(PHY, 'int phy_power_off(struct phy *phy)', 'Ends phy_power_on().', sleeping, error),
  phy_reset: known(PHY, 'int phy_reset(struct phy *phy)', 'Resets a PHY.', sleeping, error),

  // PWM
  pwm_get: known(PWM, 'struct pwm_device *pwm_get(struct device *dev, const char *con_id)', 'A PWM of the device.', sleeping, givesHandle, pwmHeader, freed('pwm_put')),
  pwm_put: known(PWM, 'void pwm_put(struct pwm_device *pwm)', 'Ends pwm_get().', sleeping, pwmHeader),
  devm_pwm_get: known(PWM, 'struct pwm_device *devm_pwm_get(struct device *dev, const char *con_id)', 'A PWM of the device.', managed, givesHandle, pwmHeader),
  pwm_init_state: known(PWMH, 'void pwm_init_state(const struct pwm_device *pwm, struct pwm_state *state)', 'A state with the PWM’s own period and polarity.', pwmHeader, writes(1)),
  pwm_get_state: known(PWMH, 'void pwm_get_state(const struct pwm_device *pwm, struct pwm_state *state)', 'The state that was applied last.', pwmHeader, writes(1)),
  pwm_apply_state: known(PWM, 'int pwm_apply_state(struct pwm_device *pwm, const struct pwm_state *state)', 'Puts the PWM into a state.', sleeping, error, pwmHeader),
  pwm_apply_might_sleep: known(PWM, 'int pwm_apply_might_sleep(struct pwm_device *pwm, const struct pwm_state *state)', 'pwm_apply_state() by its newer name.', sleeping, error, pwmHeader, since('6.8')),
  pwm_config: known(PWMH, 'int pwm_config(struct pwm_device *pwm, int duty_ns, int period_ns)', 'Changes how long the signal is on, and its period, in nanoseconds.', sleeping, error, pwmHeader),
  pwm_enable: known(PWMH, 'int pwm_enable(struct pwm_device *pwm)', 'Starts the signal.', sleeping, error, pwmHeader, freed('pwm_disable')),
  pwm_disable: known(PWMH, 'void pwm_disable(struct pwm_device *pwm)', 'Stops the signal.', sleeping, pwmHeader),
  pwm_is_enabled: known(PWMH, 'bool pwm_is_enabled(const struct pwm_device *pwm)', 'True if the signal was started.', pwmHeader),
  pwm_set_relative_duty_cycle: known(PWMH, 'int pwm_set_relative_duty_cycle(struct pwm_state *state, unsigned int duty_cycle, unsigned int scale)', 'Sets the duty cycle of a state as a part of `scale`.', error, pwmHeader),
  pwmchip_add: known(PWM, 'int pwmchip_add(struct pwm_chip *chip)', 'Adds a chip of PWMs.', sleeping, error, pwmHeader, freed('pwmchip_remove'), keeps(0)),
  devm_pwmchip_add: known(PWM, 'int devm_pwmchip_add(struct device *dev, struct pwm_chip *chip)', 'pwmchip_add() that ends when the device is detached.', managed, error, pwmHeader, keeps(1)),
  pwmchip_remove: known(PWM, 'void pwmchip_remove(struct pwm_chip *chip)', 'Ends pwmchip_add().', sleeping, pwmHeader),

  // power management at run time
  devm_pm_runtime_enable: known(RPM, 'int devm_pm_runtime_enable(struct device *dev)', 'pm_runtime_enable() that ends when the device is detached.', managed, error, rpmHeader, since('5.15')),
  pm_runtime_get: known(RPMH, 'int pm_runtime_get(struct device *dev)', 'Keeps the device awake, and wakes it soon; does not wait for it.', rpmHeader, freed('pm_runtime_put')),
  pm_runtime_get_noresume: known(RPMH, 'void pm_runtime_get_noresume(struct device *dev)', 'Counts up only: the device stays as it is.', inNmi, rpmHeader, freed('pm_runtime_put_noidle')),
  pm_runtime_get_if_in_use: known(RPMH, 'int pm_runtime_get_if_in_use(struct device *dev)', 'Counts up if the device is awake and somebody needs it: 1; else 0, or a negative errno.', rpmHeader, freed('pm_runtime_put')),
  pm_runtime_put_noidle: known(RPMH, 'void pm_runtime_put_noidle(struct device *dev)', 'Counts down only.', inNmi, rpmHeader),
  pm_runtime_put_sync: known(RPMH, 'int pm_runtime_put_sync(struct device *dev)', 'Lets the device be suspended, and does it at once if nobody needs it.', unlessIrqSafe, rpmHeader),
  pm_runtime_put_sync_suspend: known(RPMH, 'int pm_runtime_put_sync_suspend(struct device *dev)', 'pm_runtime_put_sync() that does not ask runtime_idle().', unlessIrqSafe, rpmHeader),
  pm_runtime_put_autosuspend: known(RPMH, 'int pm_runtime_put_autosuspend(struct device *dev)', 'Lets the device be suspended when it was not used for the delay.', rpmHeader),
  pm_runtime_mark_last_busy: known(RPMH, 'void pm_runtime_mark_last_busy(struct device *dev)', 'The delay of autosuspend begins now.', inNmi, rpmHeader),
  pm_runtime_use_autosuspend: known(RPMH, 'void pm_runtime_use_autosuspend(struct device *dev)', 'Suspends the device after a delay only.', unlessIrqSafe, rpmHeader, freed('pm_runtime_dont_use_autosuspend')),
  pm_runtime_dont_use_autosuspend: known(RPMH, 'void pm_runtime_dont_use_autosuspend(struct device *dev)', 'Ends pm_runtime_use_autosuspend().', unlessIrqSafe, rpmHeader),
  pm_runtime_set_autosuspend_delay: known(RPM, 'void pm_runtime_set_autosuspend_delay(struct device *dev, int delay)', 'The delay of autosuspend in milliseconds; negative: never.', unlessIrqSafe, rpmHeader),
  pm_runtime_set_active: known(RPMH, 'int pm_runtime_set_active(struct device *dev)', 'Says that the device is awake; before pm_runtime_enable().', { sleeps: 'may', sleepsNote: 'where it has suppliers or a parent to wake' }, error, rpmHeader),
  pm_runtime_set_suspended: known(RPMH, 'int pm_runtime_set_suspended(struct device *dev)', 'Says that the device is suspended; after pm_runtime_disable().', { sleeps: 'may', sleepsNote: 'where its parent can be suspended now' }, error, rpmHeader),
  pm_runtime_irq_safe: known(RPM, 'void pm_runtime_irq_safe(struct device *dev)', 'The device’s runtime_suspend() and runtime_resume() do not sleep, and are called with interrupts off.', sleeping, rpmHeader),
  pm_runtime_suspended: known(RPMH, 'bool pm_runtime_suspended(struct device *dev)', 'True if the device is suspended and power management is on for it.', inNmi, rpmHeader),
  pm_runtime_active: known(RPMH, 'bool pm_runtime_active(struct device *dev)', 'True if the device is awake, or power management is off for it.', inNmi, rpmHeader),
  pm_runtime_force_suspend: known(RPM, 'int pm_runtime_force_suspend(struct device *dev)', 'Suspends the device with the system, through runtime_suspend().', sleeping, error, rpmHeader),
  pm_runtime_force_resume: known(RPM, 'int pm_runtime_force_resume(struct device *dev)', 'Ends pm_runtime_force_suspend().', sleeping, error, rpmHeader),
  pm_request_autosuspend: known(RPMH, 'int pm_request_autosuspend(struct device *dev)', 'Suspends the device after its delay.', rpmHeader),
  device_init_wakeup: known(WAKE, 'int device_init_wakeup(struct device *dev, bool enable)', 'The device can wake the system, and may do so.', sleeping, error),
  device_may_wakeup: known(WAKE, 'bool device_may_wakeup(struct device *dev)', 'True if the device shall wake the system.', inNmi),
  device_set_wakeup_capable: known('drivers/base/power/wakeup.c', 'void device_set_wakeup_capable(struct device *dev, bool capable)', 'The device can wake the system.', sleeping),
  enable_irq_wake: known('include/linux/interrupt.h', 'int enable_irq_wake(unsigned int irq)', 'Lets an interrupt wake the system.', slowBus, error, freed('disable_irq_wake')),
  disable_irq_wake: known('include/linux/interrupt.h', 'int disable_irq_wake(unsigned int irq)', 'Ends enable_irq_wake().', slowBus, error),

  // what ends when the device is detached
  devm_add_action: known(DEVRES, 'int devm_add_action(struct device *dev, void (*action)(void *data), void *data)', 'Calls action(data) when the device is detached; where it fails, nobody calls it.', sleeping, error, { registers: [{ arg: 1, context: 'task' }] }, keeps(2)),
  devm_remove_action: known(DEVRES, 'void devm_remove_action(struct device *dev, void (*action)(void *data), void *data)', 'Ends devm_add_action() without the call.'),
  devm_release_action: known(DEVRES, 'void devm_release_action(struct device *dev, void (*action)(void *data), void *data)', 'Ends devm_add_action(), and calls action(data) now.', sleeping),
  devm_kasprintf: known(DEVRES, 'char *devm_kasprintf(struct device *dev, gfp_t gfp, const char *fmt, ...)', 'Prints into memory of the right size that is freed when the device is detached.', byGfp(1), freed('devm_kfree', 'by itself when the device is detached'), gives('devm', { managed: true })),
  devm_free_irq: known('kernel/irq/devres.c', 'void devm_free_irq(struct device *dev, unsigned int irq, void *dev_id)', 'Ends devm_request_irq() early: waits for its handlers.', sleeping, waitsForValue(1, 2)),
  platform_get_irq_byname: known('drivers/base/platform.c', 'int platform_get_irq_byname(struct platform_device *dev, const char *name)', 'The device’s interrupt line of this name, or a negative errno.', sleeping, error),
  platform_get_irq_byname_optional: known('drivers/base/platform.c', 'int platform_get_irq_byname_optional(struct platform_device *dev, const char *name)', 'platform_get_irq_byname() that says nothing where there is none.', sleeping, error),
  platform_get_resource_byname: known('drivers/base/platform.c', 'struct resource *platform_get_resource_byname(struct platform_device *dev, unsigned int type, const char *name)', 'The device’s resource of this name.', { result: 'may be NULL' }),
  devm_platform_ioremap_resource_byname: known('drivers/base/platform.c', 'void __iomem *devm_platform_ioremap_resource_byname(struct platform_device *pdev, const char *name)', 'Maps a platform device’s memory resource of this name.', managed, givesHandle),
  devm_platform_get_and_ioremap_resource: known('drivers/base/platform.c', 'void __iomem *devm_platform_get_and_ioremap_resource(struct platform_device *pdev, unsigned int index, struct resource **res)', 'Maps a platform device’s n-th memory resource, and tells which it is.', managed, givesHandle, { writes: [2], optional: [2] }),
  dev_err_ratelimited: macro('include/linux/dev_printk.h', 'dev_err_ratelimited(dev, fmt, ...)', 'dev_err(), rate-limited. kmem prints every message.', inNmi),
  dev_warn_ratelimited: macro('include/linux/dev_printk.h', 'dev_warn_ratelimited(dev, fmt, ...)', 'dev_warn(), rate-limited. kmem prints every message.', inNmi),
  dev_dbg_ratelimited: macro('include/linux/dev_printk.h', 'dev_dbg_ratelimited(dev, fmt, ...)', 'dev_dbg(), rate-limited. kmem prints every message.', inNmi),
  DEFINE_RUNTIME_DEV_PM_OPS: macro(RPMH, 'DEFINE_RUNTIME_DEV_PM_OPS(name, suspend_fn, resume_fn, idle_fn)', 'Defines operations that suspend with the system as at run time.', declares, since('5.17')),
  SYSTEM_SLEEP_PM_OPS: macro('include/linux/pm.h', 'SYSTEM_SLEEP_PM_OPS(suspend_fn, resume_fn)', 'In the braces of a struct dev_pm_ops: suspend, resume and their like.', initialisesWithComma, since('5.17')),
  RUNTIME_PM_OPS: macro('include/linux/pm.h', 'RUNTIME_PM_OPS(suspend_fn, resume_fn, idle_fn)', 'In the braces of a struct dev_pm_ops: power management while the system runs.', initialisesWithComma, since('5.17')),
} as const satisfies Record<string, ApiEntry>;
