// SPDX-License-Identifier: Apache-2.0
#include "core/spec/variation.h"

namespace pivotbench::core {

std::vector<Variation> variationsOf(const SandboxSpec &spec)
{
    std::vector<Variation> variations;
    if (spec.namespaces.mount == NamespaceChoice::New) {
        const SwitchRoot how = spec.root.switchRoot;
        if (how == SwitchRoot::PivotRoot || how == SwitchRoot::PivotRootDot)
            variations.push_back(Variation::Chroot);
        if (how == SwitchRoot::Chroot)
            variations.push_back(Variation::PivotRoot);
        variations.push_back(spec.root.propagation == RootPropagation::Shared ? Variation::PrivatePropagation
                                                                              : Variation::SharedPropagation);
    }
    variations.push_back(spec.namespaces.pid == NamespaceChoice::New ? Variation::HostPidNamespace
                                                                     : Variation::NewPidNamespace);
    return variations;
}

SandboxSpec varied(SandboxSpec spec, Variation variation)
{
    switch (variation) {
    case Variation::SharedPropagation: spec.root.propagation = RootPropagation::Shared; break;
    case Variation::PrivatePropagation: spec.root.propagation = RootPropagation::Private; break;
    case Variation::Chroot: spec.root.switchRoot = SwitchRoot::Chroot; break;
    case Variation::PivotRoot: spec.root.switchRoot = SwitchRoot::PivotRootDot; break;
    case Variation::HostPidNamespace:
        spec.namespaces.pid = NamespaceChoice::Host;
        if (spec.proc == ProcPolicy::Private) // which would need the namespace: user_namespaces(7)
            spec.proc = ProcPolicy::Host;
        break;
    case Variation::NewPidNamespace: spec.namespaces.pid = NamespaceChoice::New; break;
    }
    return spec;
}

} // namespace pivotbench::core
