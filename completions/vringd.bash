# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
#
# vringd.bash - completes the command line of vringd(8) in bash.
#
# Options, types of ports and their keys are read from `vringd --help`.

_vringd()
{
	local program=${1/#\~/$HOME} cur=${COMP_WORDS[COMP_CWORD]}
	local help option='' takes='' words=''

	# Behind -- are DPDK's.
	[[ ${COMP_LINE:0:COMP_POINT} == *' -- '* ]] && return
	help=$("$program" --help 2>/dev/null) || return
	_vringd_read_line
	case $option in
	'') words=$(grep -oE '^  --[a-z-]+|, --[a-z-]+' <<<"$help" | tr -d ', ') ;;
	--port) _vringd_port; return ;;
	--wire) words=$(_vringd_ends) ;;
	--user) mapfile -t COMPREPLY < <(compgen -u -- "$cur"); return ;;
	--control-group) mapfile -t COMPREPLY < <(compgen -g -- "$cur"); return ;;
	--log-level) words='err warn info debug' ;;
	*) [[ $takes == *'|'* ]] && words=${takes//|/ } ;;
	esac
	if [[ $takes == PATH || $takes == FILE || $takes == DIR ]]; then
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		compopt -o filenames 2>/dev/null
		return
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
	[[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *, ]] && compopt -o nospace 2>/dev/null
}

# The option whose value is at the cursor, and what that is in the help.
_vringd_read_line()
{
	local before=${COMP_LINE:0:COMP_POINT} word

	# Words as the shell sees them: the one at the cursor, and the one before.
	[[ $before == *' '* ]] || return
	word=${before% *}
	word=${word%"${word##*[! ]}"}
	word=${word##* }
	[[ $word == --?* ]] || return
	takes=$(sed -nE "s/^  $word ([^ ]+).*/\1/p" <<<"$help")
	[[ -n $takes ]] && option=$word
}

# NAME,type=TYPE,KEY=VALUE...: to readline a word begins behind each "=".
_vringd_port()
{
	local word=${COMP_LINE:0:COMP_POINT} piece type key words='' keys

	word=${word##* }
	piece=${word##*,}
	key=${piece%%=*}
	type=$(sed -nE 's/.*,type=([a-z-]+),.*/\1/p' <<<"$word")
	[[ $cur == '=' ]] && cur=''
	if [[ $piece == socket=* ]]; then
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		compopt -o filenames 2>/dev/null
		return
	elif [[ $piece == type=* ]]; then
		words=$(sed -nE 's/^      ([a-z-]+)  .*/\1/p' <<<"$help")
	elif [[ $piece == *=* ]]; then
		words=$(_vringd_keys | sed -nE "s/^$key=([a-z]+\|.*)/\1/p")
		words=${words//|/ }
	elif [[ $word == *,* ]]; then
		mapfile -t keys < <(_vringd_keys | sed 's/=.*/=/')
		[[ -n $type ]] || keys=(type=)
		words=${keys[*]/#/${cur%"$piece"}}
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
	compopt -o nospace 2>/dev/null
}

# KEY=VALUE of the port's type, a line each, as the help has them.
_vringd_keys()
{
	awk -v type="$type" '
		/^      [a-z]/ { inside = ($1 == type) }
		!/^      / { inside = 0 }
		inside {
			each = match($0, /\(each [^)]*\)/) ? substr($0, RSTART + 6, RLENGTH - 7) : ""
			gsub(/\([^)]*\)/, "")
			for (i = 1; i <= NF; i++)
				if ($i ~ /=$/)
					print $i each
				else if ($i ~ /=/)
					print $i
		}' <<<"$help"
}

# Two names of the command line and a comma between them.
_vringd_ends()
{
	local i name first=''

	[[ $cur == *,* ]] && first=${cur%%,*},
	for ((i = 1; i < ${#COMP_WORDS[@]} - 1; i++)); do
		[[ ${COMP_WORDS[i]} == --port || ${COMP_WORDS[i]} == --switch ]] || continue
		name=${COMP_WORDS[i + 1]%%,*}
		if [[ -z $first ]]; then
			echo "$name,"
		elif [[ $name, != "$first" ]]; then
			echo "$first$name"
		fi
	done
}

complete -F _vringd vringd
