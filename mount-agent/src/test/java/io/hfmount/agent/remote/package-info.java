/** Tests of the Hub as the mount sees it, on virtual time. */
package io.hfmount.agent.remote;
