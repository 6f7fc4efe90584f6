"""Makes cases of ReferenceTest under solvers/: Heun, LCM and stochastic Euler on flow sigmas, Karras, exponential and beta
spacing, UniPC on listed and Karras's levels, DPM-Solver++ of all orders and forms.

    python src/test/python/make_solver_cases.py src/test/resources/reference/solvers

Needs numpy, scipy 1 (for beta spacing), torch 2.10.0 and diffusers 0.42.1. The noise that a stochastic solver draws is part of its case.
"""
import json
import os
import sys
from unittest import mock

import numpy as np
import torch
from diffusers import DPMSolverMultistepScheduler, FlowMatchEulerDiscreteScheduler, UniPCMultistepScheduler
from diffusers.schedulers import scheduling_dpmsolver_multistep as dpm_module
from diffusers.schedulers import scheduling_flow_match_euler_discrete as euler_module
from diffusers.schedulers import scheduling_flow_match_lcm as lcm_module
from diffusers.schedulers.scheduling_flow_match_heun_discrete import FlowMatchHeunDiscreteScheduler
from diffusers.schedulers.scheduling_flow_match_lcm import FlowMatchLCMScheduler
from safetensors.torch import save_file


def field(x, sigma):
    return 0.9 * x + 0.4 * torch.sin(3 * x + 5 * sigma) - 0.3 * torch.cos(2 * sigma)


def solver(out, name, scheduler, steps, seed, levels=None, mu=None):
    g = torch.Generator().manual_seed(seed)
    drawn = []

    def draw(shape, **_):
        drawn.append(torch.randn(shape, generator=g))
        return drawn[-1]

    x = [torch.randn(2, 3, 5, generator=g)]
    velocities = []
    listed = np.array(levels) if levels and isinstance(scheduler, UniPCMultistepScheduler) else levels
    call = {"sigmas": listed} if levels else {"num_inference_steps": steps}
    if mu is not None:
        call["mu"] = mu
        del call["num_inference_steps"]
        call["sigmas"] = torch.linspace(1, 1 / steps, steps, dtype=torch.float64).tolist()
    scheduler.set_timesteps(**call)
    heun = isinstance(scheduler, FlowMatchHeunDiscreteScheduler)
    levels_used = scheduler.sigmas
    if heun:  # every level but the first and the last is there twice
        levels_used = torch.cat([scheduler.sigmas[:1], scheduler.sigmas[1:-1:2], scheduler.sigmas[-1:]])
    timesteps = torch.cat([scheduler.timesteps[:1], scheduler.timesteps[1::2]]) if heun else scheduler.timesteps
    state = x[0]
    with mock.patch.object(lcm_module, "randn_tensor", draw), \
            mock.patch.object(euler_module, "randn_tensor", draw), mock.patch.object(dpm_module, "randn_tensor", draw):
        for k, t in enumerate(scheduler.timesteps):
            second = heun and k % 2 == 1
            v = field(state, scheduler.sigmas[k])
            state = scheduler.step(v, t, state, return_dict=False)[0]
            if not second:
                velocities.append(v)
            # with Heun a step ends where its second stage does; the last one has no second stage
            if not heun or second or k + 1 == len(scheduler.timesteps):
                x.append(state)
    assert len(x) == len(velocities) + 1 == len(levels_used), (name, len(x), len(velocities), len(levels_used))
    folder = os.path.join(out, name)
    scheduler.save_pretrained(folder)
    tensors = {"x": torch.stack(x), "velocity": torch.stack(velocities), "sigmas": levels_used.float(),
               "timesteps": timesteps}
    if drawn:
        tensors["noise"] = torch.stack(drawn)
    save_file({k: v.contiguous().clone() for k, v in tensors.items()}, os.path.join(folder, "case.safetensors"))
    note = {"steps": len(velocities), "made_by": "make_solver_cases.py"}
    if levels:
        note["sigmas"] = levels
    if mu is not None:
        note["mu"] = mu
    with open(os.path.join(folder, "case.json"), "w") as f:
        json.dump(note, f, indent=1)


if __name__ == "__main__":
    out = sys.argv[1]
    seed = 7000
    for shift, steps in ((1.0, 1), (3.0, 4), (5.0, 9)):
        seed += 1
        solver(out, f"flow-heun-shift{shift:g}-steps{steps}", FlowMatchHeunDiscreteScheduler(shift=shift), steps, seed)
    for shift, steps in ((1.0, 1), (5.0, 4)):
        seed += 1
        solver(out, f"flow-lcm-shift{shift:g}-steps{steps}", FlowMatchLCMScheduler(shift=shift), steps, seed)
    solver(out, "flow-lcm-karras-steps6", FlowMatchLCMScheduler(shift=3.0, use_karras_sigmas=True), 6, 7010)
    solver(out, "flow-euler-stochastic-steps5", FlowMatchEulerDiscreteScheduler(shift=3.0, stochastic_sampling=True), 5, 7011)
    for number, spacing in enumerate(("karras", "exponential", "beta")):
        config = {f"use_{spacing}_sigmas": True}
        for steps in (1, 8):
            solver(out, f"flow-euler-{spacing}-steps{steps}", FlowMatchEulerDiscreteScheduler(shift=3.0, **config), steps,
                   7020 + number)
        solver(out, f"flow-euler-dynamic-{spacing}-steps7",
               FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True, shift_terminal=0.1, **config), 7, 7030 + number,
               mu=1.6)
    levels = [1.0, 0.9375, 0.8333, 0.625, 0.2]
    for order in (1, 2, 3):
        unipc = UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=1.0,
                                        solver_order=order)
        solver(out, f"unipc-order{order}-listed-5", unipc, 5, 7040 + order, levels=levels)
    solver(out, "flow-euler-listed-5", FlowMatchEulerDiscreteScheduler(), 5, 7050, levels=levels)
    solver(out, "flow-lcm-listed-5", FlowMatchLCMScheduler(), 5, 7051, levels=levels)
    flow = {"prediction_type": "flow_prediction", "use_flow_sigmas": True}
    for name, steps, span in (("betas", 7, {}), ("betas-1", 1, {}), ("scaled", 5, {"beta_schedule": "scaled_linear", "beta_end": 0.012}),
                              ("given", 9, {"sigma_max": 200.0, "sigma_min": 0.01})):
        solver(out, f"unipc-karras-{name}", UniPCMultistepScheduler(use_karras_sigmas=True, flow_shift=5.0, **span, **flow),
               steps, 7070 + steps)
    for name, steps, form in (("order1", 6, {"solver_order": 1}), ("order3", 20, {"solver_order": 3}),
                              ("order3-few", 7, {"solver_order": 3}), ("heun", 9, {"solver_type": "heun"}),
                              ("noise", 8, {"algorithm_type": "sde-dpmsolver++"}),
                              ("noise-order1", 4, {"algorithm_type": "sde-dpmsolver++", "solver_order": 1}),
                              ("noise-heun", 6, {"algorithm_type": "sde-dpmsolver++", "solver_type": "heun"}),
                              ("euler-at-final", 17, {"solver_order": 3, "euler_at_final": True}),
                              ("logrho", 5, {"solver_type": "logrho"})):
        solver(out, f"dpmpp-{name}", DPMSolverMultistepScheduler(flow_shift=3.0, **form, **flow), steps, 7080 + steps)
