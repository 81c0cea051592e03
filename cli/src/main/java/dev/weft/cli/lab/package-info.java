/**
 * A mesh on one machine: nodes and pods are network namespaces, the control plane and the node
 * processes are the real ones.
 *
 * <p>Start with {@link dev.weft.cli.lab.Lab} (up, down), {@link dev.weft.cli.lab.ApiServer} (the
 * user's folder becomes objects) and {@link dev.weft.cli.lab.Kubelet} (pods become namespaces and
 * processes).
 */
@NullMarked
package dev.weft.cli.lab;

import org.jspecify.annotations.NullMarked;
